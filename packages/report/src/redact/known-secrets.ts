import type { Rule } from "./rule.js";

/** Shorter texts occur by chance: they are only found where a key or a header tells what they are. */
const leastLength = 6;

/** Takes out secrets whose values are known, in every form in which programs write them. */
export function knownSecrets(secrets: readonly string[]): Rule {
  const forms = new Map<string, string>();
  for (const secret of secrets) {
    if (secret.trim().length < leastLength) continue;
    for (const form of formsOf(secret.trim())) forms.set(form, secret.trim());
  }
  // Longest first, so that a secret inside another leaves nothing behind.
  const sorted = [...forms].toSorted(([a], [b]) => b.length - a.length);
  return (text, standIns) =>
    sorted.reduce(
      (clean, [form, secret]) =>
        clean.includes(form) ? clean.replaceAll(form, () => standIns.for("secret", secret)) : clean,
      text,
    );
}

/** Returns a secret as it is, and as JSON, URLs, base64 and hexadecimal digits have it. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const percent = encodeURIComponent(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    percent,
    percent.replaceAll(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
    percent.replaceAll("%20", "+"),
    encodeURI(secret),
    bytes.toString("base64"),
    bytes.toString("base64").replaceAll("=", ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
  ];
  return forms.filter((form) => form.length >= leastLength);
}
