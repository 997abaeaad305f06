import type { Rule } from "./rule.js";

/** A block of PEM, also where its line breaks are written as \n, and where its end was cut off. */
const block =
  /-----BEGIN ([A-Z0-9 ]+)-----(?:(?!-----BEGIN )[\s\S])*?-----END \1-----|-----BEGIN ([A-Z0-9 ]+)-----[^-]*/g;
/** A line of base64, with what a journal writes before it. */
const line = String.raw`(?:^[^\n]*?[A-Za-z0-9+/=]{16,}[ \t"',\\n]*\r?\n)`;
/** The end of a block whose beginning was cut off. */
const rest = new RegExp(
  String.raw`${line}*(?:^[^\n]*?[A-Za-z0-9+/=]{2,}[ \t"']*\r?\n)?^[^\n]*-----END ([A-Z0-9 ]+)-----`,
  "gm",
);

/** Takes out keys and certificates in PEM. */
export const keysAndCertificates: Rule = (text, standIns) => {
  if (!text.includes("-----")) return text;
  const kindOf = (title: string) => (/PRIVATE|SECRET/.test(title) ? "private-key" : "certificate");
  return text
    .replaceAll(block, (found, whole: string | undefined, cut: string | undefined) =>
      standIns.for(kindOf(whole ?? cut ?? ""), found.replaceAll(/\\n|\s/g, "")),
    )
    .replaceAll(rest, (found, title: string) => standIns.for(kindOf(title), found.replaceAll(/\\n|\s/g, "")));
};
