import { isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from "yaml";

// Where things are in the text of a YAML file.

export type Path = readonly (string | number)[];

export interface Found {
  /** null: the key is there without a value. */
  readonly node: unknown;
  /** Columns before the keys of a block. */
  readonly indent: number;
  /** The end of the key that it is the value of. */
  readonly end: number;
}

/** Finds the value at a path; undefined where a key of the path is missing. */
export function find(text: string, path: Path): Found | undefined {
  let node: unknown = parseDocument(text).contents;
  let end = 0;
  for (const key of path) {
    const pair = isMap(node) ? pairOf(node, key) : undefined;
    const item = isSeq(node) ? node.items[Number(key)] : pair?.value;
    if (pair === undefined && item === undefined) return undefined;
    [, end = 0] = pair === undefined ? [] : rangeOf(pair.key);
    node = isScalar(item) && item.value === null ? null : (item ?? null);
  }
  const [start = 0] = isMap(node) ? rangeOf(node.items[0]) : [];
  return { node, indent: start - lineStart(text, start), end };
}

/** Finds a key with its value. */
export function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.find((pair) => nameOf(pair) === key);
}

/** Returns a key as it is read. */
export function nameOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : undefined;
}

interface Ranged {
  readonly range?: readonly [number, number, number] | null;
}

/** Returns where a node, or a key with its value, begins and ends. */
export function rangeOf(item: unknown): readonly [start?: number, end?: number] {
  if (item === undefined || item === null) return [];
  const { key, value } = item as Pair;
  if (key !== undefined) {
    const [start, keyEnd = 0] = (key as Ranged).range ?? [];
    const [, end = 0] = (value as Ranged | null)?.range ?? [];
    return start === undefined ? [] : [start, Math.max(end, keyEnd)];
  }
  const { range } = item as Ranged;
  return range ? [range[0], range[1]] : [];
}

/** Returns the offset at which the line of a character begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Returns the offset after the end of the line that the character before `offset` is in. */
export function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

/** Inserts whole lines after the line that the character before `offset` is in. */
export function insertAfterLine(text: string, offset: number, lines: string): string {
  const end = lineEnd(text, offset);
  const before = text.slice(0, end);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${lines}${text.slice(end)}`;
}

/** A default that a comment shows: "  # key: value # why". */
export interface Shown {
  readonly from: number;
  readonly to: number;
  /** The line without its #, up to the value. */
  readonly start: string;
}

/** Finds the comment that shows a default among the lines of a block, which ends with the first line that is indented less. */
export function shownDefault(text: string, from: number, indent: number, key: string): Shown | undefined {
  const before = " ".repeat(indent);
  const pattern = new RegExp(`^${before}# (${key}: )(?:"[^"]*"|\\[[^\\]]*\\]|[^\\s#]+)(?: +# .*)?$`);
  for (let start = from; start < text.length; start = lineEnd(text, start + 1)) {
    const line = text.slice(start, lineEnd(text, start + 1)).replace(/\r?\n$/, "");
    const found = pattern.exec(line);
    if (found) return { from: start, to: start + line.length, start: `${before}${found[1]}` };
    if (indent > 0 && !line.startsWith(before)) return undefined;
  }
  return undefined;
}

/** Goes up to the first of the comments directly above a block's first key that are indented as much. */
export function blockStart(text: string, first: number, indent: number): number {
  let start = indent === 0 ? 0 : lineStart(text, first);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (!text.slice(above, start).startsWith(`${" ".repeat(indent)}#`)) break;
    start = above;
  }
  return start;
}
