import type { Rule } from "./rule.js";
import { StandIns } from "./stand-ins.js";

/** Base64 in one line, or in lines of one width with blanks before them. */
const wrapped =
  /(?<![A-Za-z\d+/])[A-Za-z\d+/]{60,76}(?:\r?\n[ \t]*[A-Za-z\d+/]{60,76})*\r?\n[ \t]*[A-Za-z\d+/]+={0,2}/g;
const run = /[A-Za-z\d+/_-]{12,}={0,2}/g;
/** Where a path or a name with dashes has run into base64. */
const seams = /[/_+-]/;
/** Codes of percent, such as a query has them. */
const percent = /(?:[\w.~+-]|%[\dA-Fa-f]{2}){2,}/g;
const deepest = 3;

/** Takes out encoded texts that hold what `inside` takes out of plain ones. */
export function encoded(inside: Rule): Rule {
  const holds = (text: string): boolean => inside(text, new StandIns()) !== text;
  const isWorse = (found: string, depth: number): boolean => {
    const text = decoded(found);
    if (text === undefined) return false;
    return holds(text) || (depth < deepest && [...text.matchAll(run)].some(([each]) => isWorse(each, depth + 1)));
  };
  const replaceRun = (found: string, standIns: StandIns): string => {
    if (isKey(found) || isWorse(found, 0)) return standIns.for("encoded", found);
    const part = found.split(seams).find((each) => each.length >= 12 && isWorse(each, 0));
    return part === undefined ? found : found.replace(part, standIns.for("encoded", part));
  };
  return (text, standIns) =>
    text
      .replaceAll(wrapped, (found) => {
        const joined = found.replaceAll(/\s/g, "");
        return isKey(joined) || isWorse(joined, 0) ? standIns.for("encoded", joined) : found;
      })
      .replaceAll(run, (found) => replaceRun(found, standIns))
      .replaceAll(percent, (found) => {
        if (!found.includes("%")) return found;
        const plain = unescaped(found);
        return plain !== undefined && holds(plain) ? standIns.for("encoded", found) : found;
      });
}

function decoded(found: string): string | undefined {
  const bytes = Buffer.from(found, "base64");
  const text = bytes.toString("utf8");
  // What is no text in base64 is a word, a hash, or a key.
  return bytes.length >= 8 && !/[\p{C}\uFFFD]/u.test(text.replaceAll(/[\t\r\n]/g, "")) ? text : undefined;
}

function unescaped(found: string): string | undefined {
  try {
    return decodeURIComponent(found.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

const leastKey = 60;

/** Whether this can only be a key or a signature: long, of every kind of letter, and neither a path nor a hash. */
function isKey(found: string): boolean {
  if (found.length < leastKey || /^[\da-f]+$/i.test(found)) return false;
  const count = (kind: RegExp) => (found.match(kind) ?? []).length;
  return count(/[A-Z]/g) >= 8 && count(/[a-z]/g) >= 8 && count(/\d/g) >= 4 && count(/[/_-]/g) <= found.length / 12;
}
