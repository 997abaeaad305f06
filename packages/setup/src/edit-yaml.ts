import { isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import {
  blockStart,
  find,
  type Found,
  insertAfterLine,
  lineEnd,
  lineStart,
  nameOf,
  pairOf,
  type Path,
  rangeOf,
  type Shown,
  shownDefault,
} from "./yaml-places.js";

// Changes of a YAML text that leave every other byte as it is: comments, indentation, quotes, aligned columns. Where a place is
// written in a way that a change of text cannot reach (an alias, a merge key), undefined is returned.

/** A value as YAML on one line, and the comment that explains it. */
export interface Written {
  readonly value: string;
  readonly comment?: string | undefined;
  /** What explained the value that was there: replaced, where it still stands behind it. */
  readonly stale?: string | undefined;
}

/** Puts a value at a path, and makes the sections that are missing. */
export function setAt(text: string, path: Path, written: Written): string | undefined {
  const parent = find(text, path.slice(0, -1));
  const key = path.at(-1) ?? "";
  if (parent === undefined || parent.node === null) return addWithSections(text, path, written);
  if (!isMap(parent.node)) return undefined;
  const pair = pairOf(parent.node, key);
  if (pair !== undefined) return setValue(text, pair, written);
  if (parent.node.flow) return addInBraces(text, parent.node, `${key}: ${written.value}`);
  return addToBlock(text, parent, String(key), written);
}

/** Takes a key or an item out, with its line and the comment at the end of that. */
export function removeAt(text: string, path: Path): string | undefined {
  const parent = find(text, path.slice(0, -1));
  const key = path.at(-1) ?? "";
  const { node } = parent ?? {};
  const items: readonly unknown[] = isSeq(node) || isMap(node) ? node.items : [];
  const index = isSeq(node) ? Number(key) : items.findIndex((pair) => nameOf(pair as Pair) === key);
  const item = items[index];
  if (item === undefined) return text;
  // The last key of a section goes with the section.
  if (items.length === 1 && path.length > 1) return removeAt(text, path.slice(0, -1));
  const [start, end] = rangeOf(item);
  if (start === undefined || end === undefined) return undefined;
  if ((node as YAMLMap).flow) return removeInBraces(text, items, index);
  const from = lineStart(text, start);
  // Something else begins on the same line.
  if (!(isSeq(node) ? /^ *- +$/ : /^ *$/).test(text.slice(from, start))) return undefined;
  return text.slice(0, from) + text.slice(lineEnd(text, end));
}

/** Adds an item to a list that is there. */
export function appendTo(text: string, path: Path, item: string): string | undefined {
  const node = find(text, path)?.node;
  if (!isSeq(node)) return undefined;
  if (node.flow) return addInBraces(text, node, item);
  const [start, end] = rangeOf(node.items.at(-1));
  if (start === undefined || end === undefined) return undefined;
  const dash = text.slice(lineStart(text, start), start);
  return /^ *- +$/.test(dash) ? insertAfterLine(text, end, `${dash}${item}\n`) : undefined;
}

function setValue(text: string, { key, value: node }: Pair, written: Written): string | undefined {
  if (node === null || (isScalar(node) && node.value === null)) {
    const [, end = 0] = rangeOf(key);
    const colon = text.indexOf(":", end);
    return `${text.slice(0, colon + 1)} ${oneLine(written)}${text.slice(colon + 1)}`;
  }
  const [start, end] = rangeOf(node);
  // A value in several lines, or with an anchor that others refer to, is more than a value.
  const isPlain = (isScalar(node) || (isSeq(node) && node.flow)) && node.anchor === undefined;
  if (!isPlain || start === undefined || end === undefined || text.slice(start, end).includes("\n")) return undefined;
  const { value, comment, stale } = written;
  const behind = ` # ${stale ?? ""}`;
  const isStale = stale !== undefined && /^\r?$/m.test(text.slice(end + behind.length).split("\n")[0] ?? "");
  const rest = isStale && text.startsWith(behind, end) ? text.slice(end + behind.length) : undefined;
  return rest === undefined
    ? text.slice(0, start) + value + text.slice(end)
    : text.slice(0, start) + oneLine({ value, comment }) + rest;
}

/** Adds to what stands in braces or brackets: "{ a: 1 }" to "{ a: 1, b: 2 }". */
function addInBraces(text: string, node: YAMLMap | YAMLSeq, item: string): string | undefined {
  const [start = 0, end = 0] = rangeOf(node);
  const last = node.items.at(-1);
  const [, lastEnd] = rangeOf(last);
  if (last === undefined)
    return `${text.slice(0, start)}${isSeq(node) ? `[${item}]` : `{ ${item} }`}${text.slice(end)}`;
  return lastEnd === undefined ? undefined : `${text.slice(0, lastEnd)}, ${item}${text.slice(lastEnd)}`;
}

function removeInBraces(text: string, items: readonly unknown[], index: number): string | undefined {
  const [start, end] = rangeOf(items[index]);
  const [, before] = rangeOf(items[index - 1]);
  const [after] = rangeOf(items[index + 1]);
  if (before !== undefined) return text.slice(0, before) + text.slice(end);
  return after === undefined ? undefined : text.slice(0, start) + text.slice(after);
}

/** Adds a key to a block: in place of the comment that shows its default, or else after the last key. */
function addToBlock(text: string, { node, indent }: Found, key: string, written: Written): string | undefined {
  const items = isMap(node) ? node.items : [];
  const [start] = rangeOf(items[0]);
  const [, end] = rangeOf(items.at(-1));
  if (start === undefined || end === undefined) return undefined;
  const shown = shownDefault(text, blockStart(text, start, indent), indent, key);
  return shown === undefined
    ? insertAfterLine(text, end, `${" ".repeat(indent)}${key}: ${oneLine(written)}\n`)
    : fill(text, shown, written);
}

function fill(text: string, { from, to, start }: Shown, written: Written): string {
  return `${text.slice(0, from)}${start}${oneLine(written)}${text.slice(to)}`;
}

function oneLine({ value, comment }: Written): string {
  return comment === undefined ? value : `${value} # ${comment}`;
}

/** Adds a key whose section is missing, or is there without a value. */
function addWithSections(text: string, path: Path, written: Written): string | undefined {
  const there = path.findIndex((_, length) => find(text, path.slice(0, length + 1)) === undefined);
  const parent = find(text, path.slice(0, there));
  const missing = path.slice(there);
  const [name = "", ...below] = missing;
  if (isMap(parent?.node) && parent.node.flow) {
    return addInBraces(text, parent.node, `${name}: ${inBraces(below, written.value)}`);
  }
  const lines = missing.map((key, depth) => {
    const isLast = depth === missing.length - 1;
    return `${"  ".repeat(depth)}${key}:${isLast ? ` ${oneLine(written)}` : ""}\n`;
  });
  if (there === 0) return addAtTop(text, path, written, lines);
  if (isMap(parent?.node)) {
    const [, end = text.length] = rangeOf(parent.node.items.at(-1));
    return insertAfterLine(text, end, lines.map((line) => " ".repeat(parent.indent) + line).join(""));
  }
  if (parent?.node !== null || there !== 1) return undefined;
  // A section without a value: its keys stand below its name.
  const place = lineEnd(text, parent.end + 1);
  const shown = missing.length === 1 ? shownDefault(text, place, 2, String(name)) : undefined;
  if (shown !== undefined) return fill(text, shown, written);
  return insertAfterLine(text, parent.end + 1, lines.map((line) => `  ${line}`).join(""));
}

function inBraces(keys: Path, value: string): string {
  return keys.reduceRight<string>((inner, key) => `{ ${key}: ${inner} }`, value);
}

/** Adds to the top of the file: in place of the comments that show defaults, or else at its end. */
function addAtTop(text: string, path: Path, written: Written, lines: readonly string[]): string | undefined {
  if (path.length === 1) {
    const shown = shownDefault(text, 0, 0, String(path[0]));
    if (shown !== undefined) return fill(text, shown, written);
  } else {
    const uncommented = uncommentSection(text, String(path[0]));
    if (uncommented !== undefined) return setAt(uncommented, path, written);
  }
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${lines.join("")}`;
}

/** Makes "# network:" and the comments below it a section of defaults: "network:", and "  # mode: private" in it. */
function uncommentSection(text: string, name: string): string | undefined {
  const found = new RegExp(`^# (${name}:)((?: +# .*)?)$((?:\\r?\\n#   .*)+)`, "m").exec(text);
  if (found === null) return undefined;
  const [all, key = "", comment = "", below = ""] = found;
  const inner = below.replaceAll(/^# {3}/gm, "  # ");
  return `${text.slice(0, found.index)}${key}${comment}${inner}${text.slice(found.index + all.length)}`;
}
