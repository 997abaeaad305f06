import type { Rule } from "./rule.js";
import { standIn, type StandIns } from "./stand-ins.js";

/** Words of a key whose value is a secret, however the key is written: CORP_PASSWORD, clientSecret, x-api-key. */
const secretWords = [
  "password",
  "passwd",
  "passphrase",
  "pwd",
  "secret",
  "token",
  "api[-_]?key",
  "access[-_]?key",
  "private[-_]?key",
  "signing[-_]?key",
  "encryption[-_]?key",
  "client[-_]?key(?:-data)?",
  "client-certificate-data",
  "certificate-authority-data",
  "credentials?",
  "auth",
  "authorization",
  "cookie",
  "session[-_]?id",
].join("|");

/** Of a bounded length, like all that may begin anywhere: a long word must not take forever. */
const key = String.raw`(?<![A-Za-z0-9])([\w.-]{0,60}(?:${secretWords})(?:[A-Z_.-]\w{0,60}|s)?)`;
const quote = String.raw`\\?["'\x60]?`;
/** A value in quotes, which may be escaped; or up to the next blank. */
const value = String.raw`(?:\\"((?:(?!\\").)*)\\"|"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"',;}\]]+))`;

const keyAndValue = new RegExp(`${key}(${quote}[ \\t]*[:=][ \\t]*)${value}`, "gi");
/** `--password hunter2`, also as two items of a list: "--password", "hunter2". */
const flagAndValue = new RegExp(
  `(?<![\\w-])(--?[\\w-]{0,60}(?:${secretWords})["']?(?:[ \\t]+|,[ \\t]*))${value}`,
  "gi",
);
/** `password: |` of YAML, and the lines below it. */
const textBelow = new RegExp(
  `^([ \\t]*)(?:- )?${key}(["']?:[ \\t]*[|>][-+]?[ \\t]*\\r?\\n)((?:\\1[ \\t]+\\S.*(?:\\r?\\n|$))+)`,
  "gim",
);

/** The value is no secret: a word of YAML or JSON, a variable, the beginning of something nested, or nothing. */
const harmless = /^(?:true|false|null|none|nil|undefined|auto|yes|no|\d{1,3}|[[{(<$|>*&].*|[-.]*)$/i;
/** Keys that name where a secret is, not the secret. */
const place = /(?:file|path|dir|folder|name|env|type|provider|count|version|ttl|mode|kind)s?$/i;

type Groups = readonly (string | undefined)[];

const valueIn = (groups: Groups) => groups.find((group) => group !== undefined) ?? "";

function replaceValue(found: string, before: string, groups: Groups, standIns: StandIns): string {
  const seen = valueIn(groups);
  if (harmless.test(seen) || standIn.test(seen)) return found;
  const at = found.indexOf(seen, before.length);
  return found.slice(0, at) + standIns.for("secret", seen) + found.slice(at + seen.length);
}

const byKey: Rule = (text, standIns) =>
  text
    .replaceAll(textBelow, (_, indent: string, name: string, between: string, below: string) => {
      const inner = below.trimEnd();
      return `${indent}${name}${between}${indent}  ${standIns.for("secret", inner.trim())}${below.slice(inner.length)}`;
    })
    .replaceAll(keyAndValue, (found, name: string, between: string, ...groups: string[]) =>
      place.test(name) ? found : replaceValue(found, name + between, groups.slice(0, 4), standIns),
    )
    .replaceAll(flagAndValue, (found, flag: string, ...groups: string[]) =>
      valueIn(groups.slice(0, 4)).startsWith("-") ? found : replaceValue(found, flag, groups.slice(0, 4), standIns),
    );

/** `Authorization: Bearer ...`, and the same in a sentence. */
const scheme = /\b(Bearer|Basic|Digest|Negotiate|NTLM|Token)(\s+)((?=[\w.~+/-]*[A-Z\d=])[\w.~+/-]{4,}=*)/gi;
const header =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,60}(?:token|key|auth)[\w-]{0,60})(["']?[ \t]*[:=][ \t]*["']?)([^\n"']+)/gi;

const inHeaders: Rule = (text, standIns) =>
  text
    .replaceAll(scheme, (_, name: string, blank: string, token: string) => name + blank + standIns.for("secret", token))
    .replaceAll(header, (found, name: string, between: string, seen: string) => {
      const [, before = "", rest = ""] = /^((?:Bearer|Basic|Digest|Negotiate|NTLM|Token)\s+)?(.*)$/i.exec(seen) ?? [];
      return standIn.test(rest) ? found : name + between + before + standIns.for("secret", rest.trim());
    });

/** What stands before the host of a URL, and before that of a proxy that is written without a scheme. */
const inUrl = /(?<![a-z\d+.-])([a-z][a-z\d+.-]{0,30}:\/\/)([^\s/@"'<>]+)@(?!sha256:)/gi;
/** A password may hold a slash that nobody has encoded; a port before a path is no password. */
const inSloppyUrl = /(?<![a-z\d+.-])([a-z][a-z\d+.-]{0,30}:\/\/)([^\s/:@"'<>]+:(?!\d+\/)[^\s@"'<>]+)@(?=[\w[])/gi;
const inBareProxy = /(?<![\w/@[\]])([\w.%+-]+:[^\s@/"'[\]]+)@(?=(?:[\w-]+\.)*[\w-]+:\d)/g;

const inUrls: Rule = (text, standIns) =>
  text
    .replaceAll(inUrl, (found, start: string, seen: string) =>
      standIn.test(seen) ? found : `${start}${standIns.for("secret", seen)}@`,
    )
    .replaceAll(inSloppyUrl, (_, start: string, seen: string) => `${start}${standIns.for("secret", seen)}@`)
    .replaceAll(inBareProxy, (_, seen: string) => `${standIns.for("secret", seen)}@`);

/** Secrets that show by their own form what they are. */
const forms: readonly RegExp[] = [
  // Of K3s and of kubeadm.
  /\bK10[\da-f]{64}::[^\s"']+/g,
  /(?<![\w.])[a-z\d]{6}\.[a-z\d]{16}(?![\w.])/g,
  // JSON Web Tokens.
  /\beyJ[\w-]{4,}(?:\.[\w-]+){1,4}/g,
  // GitHub, GitLab, npm, Docker, Slack, AWS, Google, Stripe and OpenAI, Vault.
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{20,}|dckr_(?:pat|oat)_[\w-]{16,})/g,
  /\b(?:xox[abeprs]-[\w-]{10,}|A(?:KIA|SIA)[A-Z\d]{16}|AIza[\w-]{30,}|[sr]k[-_][\w-]{20,}|hv[sb]\.[\w-]{20,})/g,
];

const byForm: Rule = (text, standIns) =>
  forms.reduce((clean, form) => clean.replaceAll(form, (found) => standIns.for("secret", found)), text);

/** Ids that lead from the host's firmware to a person's purchase. */
const machineIds =
  /\b(systemUUID|machineID|bootID|product_uuid|product_serial|serial(?:number)?)("?[ \t]*[:=][ \t]*"?)([\w-]{6,})/gi;

const inIds: Rule = (text, standIns) =>
  text.replaceAll(
    machineIds,
    (_, name: string, between: string, seen: string) => name + between + standIns.for("machine-id", seen),
  );

/** Takes out secrets that nobody knew of, by what stands around them or by their form. */
export const secretsInPlace: readonly Rule[] = [inHeaders, inUrls, byForm, byKey, inIds];
