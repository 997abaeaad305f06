import type { Rule } from "./rule.js";

/** A block of PEM, also where its line breaks are written as \n, and where its end was cut off. */
const block =
  /-----BEGIN ([A-Z0-9 ]+)-----(?:(?!-----BEGIN )[\s\S])*?-----END \1-----|-----BEGIN ([A-Z0-9 ]+)-----[^-]*/g;
/** The end of a block whose beginning was cut off. */
const end = /-----END ([A-Z0-9 ]+)-----/;
/** A line of a block, with what a journal writes before it. The last one may be short. */
const line = { usual: /[A-Za-z\d+/=]{16,}[ \t"',\\n]*$/, last: /[A-Za-z\d+/=]{2,}[ \t"',\\n]*$/ };

/** Takes out keys and certificates in PEM. */
export const keysAndCertificates: Rule = (text, standIns) => {
  if (!text.includes("-----")) return text;
  const replace = (title: string, found: string) =>
    standIns.for(/PRIVATE|SECRET/.test(title) ? "private-key" : "certificate", found.replaceAll(/\\n|\s/g, ""));
  const whole = text.replaceAll(block, (found, title: string | undefined, cut: string | undefined) =>
    replace(title ?? cut ?? "", found),
  );
  if (!whole.includes("-----END ")) return whole;
  const lines: string[] = [];
  for (const each of whole.split("\n")) {
    const title = end.exec(each)?.[1];
    if (title === undefined) {
      lines.push(each);
      continue;
    }
    const found = [each];
    if (line.last.test(lines.at(-1) ?? "")) found.unshift(lines.pop() ?? "");
    while (line.usual.test(lines.at(-1) ?? "")) found.unshift(lines.pop() ?? "");
    lines.push(replace(title, found.join("\n")));
  }
  return lines.join("\n");
};
