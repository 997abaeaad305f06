import { isDeepStrictEqual } from "node:util";
import { Problem } from "@k3s-lab/problem";
import { type Document, isCollection, isMap, isScalar, isSeq, type Pair, parseDocument, stringify } from "yaml";

/** The lists of a kubeconfig, and the key under which an item of each has what it holds. */
export const sections = { clusters: "cluster", users: "user", contexts: "context" } as const;

export type SectionName = keyof typeof sections;

/** An item of one of these lists: `{ name: "k3s-lab", cluster: { server: ... } }`. */
export interface Entry {
  readonly name: string;
  readonly [kind: string]: unknown;
}

/** A kubeconfig as it is read, whoever wrote it. */
export interface KubeconfigContent extends Readonly<Partial<Record<SectionName, readonly Entry[] | null>>> {
  readonly "current-context"?: string | null;
}

/** One change of a kubeconfig's text. */
export type Edit =
  | { readonly add: Entry; readonly to: SectionName }
  | { readonly remove: number; readonly from: SectionName }
  | { readonly set: readonly (string | number)[]; readonly value: string };

/**
 * Reads a kubeconfig of any style; an empty one has nothing in it. Throws a Problem that names the file where it cannot be
 * read, so that nothing is written over what nobody has understood.
 */
export function readContent(text: string, file: string): KubeconfigContent {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) throw unreadable(file, `it is not YAML: ${fault.message.split("\n")[0]?.replace(/:$/, "")}`);
  const content = (document.toJS() ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof content !== "object" || Array.isArray(content)) throw unreadable(file, "it has no keys");
  if (content.kind !== undefined && content.kind !== "Config") {
    throw unreadable(file, `it has kind: ${String(content.kind)}, expected Config`);
  }
  for (const section of Object.keys(sections)) {
    const list = content[section] ?? [];
    const isList = Array.isArray(list) && list.every((item) => typeof item === "object" && item !== null);
    if (!isList) throw unreadable(file, `${section} is no list of entries`);
  }
  return content as KubeconfigContent;
}

function unreadable(file: string, what: string): Problem {
  return new Problem("LAB-KUB-004", file, `is no kubeconfig: ${what}`, {
    remedy: "Correct it, or name another file with KUBECONFIG.",
  });
}

/**
 * Makes a change in a kubeconfig's text and leaves all else as it stands there, with its comments, its order and its line
 * ends. Where the text is written in a way that no line can be put into, it is written again as a whole. Each attempt is
 * read back: what comes out says what it said before, and the change.
 */
export function editKubeconfig(text: string, edit: Edit, file: string): string {
  const wanted = applied(readContent(text, file), edit);
  for (const write of [spliced, writtenAsJson, rewritten]) {
    const written = write(text, edit);
    if (written !== undefined && says(written, wanted)) return written;
  }
  throw new Problem("LAB-KUB-004", file, "is written in a way that k3s-lab cannot change", {
    remedy: "Run `npm run -s kubeconfig -- --print > FILE`, and add FILE to KUBECONFIG.",
  });
}

function says(text: string, wanted: KubeconfigContent): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), wanted);
}

/** The change in what was read, which every way of writing it is held against. */
function applied(content: KubeconfigContent, edit: Edit): KubeconfigContent {
  if ("add" in edit) return { ...content, [edit.to]: [...(content[edit.to] ?? []), edit.add] };
  if ("remove" in edit) {
    return { ...content, [edit.from]: content[edit.from]?.filter((_, index) => index !== edit.remove) };
  }
  const changed = structuredClone(content) as Record<string | number, unknown>;
  const parents = edit.set.slice(0, -1);
  const holder = parents.reduce((each, key) => each[key] as Record<string | number, unknown>, changed);
  holder[edit.set.at(-1) ?? ""] = edit.value;
  return changed as KubeconfigContent;
}

/** Replaces, inserts or cuts the lines that the change is about; undefined where they are not lines of their own. */
function spliced(text: string, edit: Edit): string | undefined {
  const document = parseDocument(text, { keepSourceTokens: true });
  const { contents: root } = document;
  if (root !== null && (!isMap(root) || root.flow)) return undefined;
  if ("set" in edit) return withValue(text, document, edit.set, edit.value);
  const pair = root?.items.find(({ key }) => isScalar(key) && key.value === ("add" in edit ? edit.to : edit.from));
  return "add" in edit ? withItem(text, pair, edit) : withoutItem(text, pair, edit);
}

/** Writes the scalar at a path; a key that is missing is added at the end of the map, which only the file's own can be. */
function withValue(text: string, document: Document, path: readonly (string | number)[], value: string) {
  const node = document.getIn(path, true);
  if (isScalar(node) && node.range) return replaced(text, node.range[0], node.range[1], inLine(value));
  return node === undefined && path.length === 1 ? appended(text, [`${path[0]}: ${inLine(value)}`]) : undefined;
}

function withItem(text: string, pair: Pair | undefined, { add, to }: Extract<Edit, { add: Entry }>) {
  if (pair === undefined) return appended(text, [`${to}:`, ...linesOf(add, "")]);
  const { value: list } = pair;
  const isEmpty = (isScalar(list) && list.value === null) || (isSeq(list) && list.items.length === 0);
  if (isEmpty && list.range) {
    // "clusters: []", "clusters: null", or nothing behind the colon.
    const start = text.slice(0, list.range[0]).trimEnd().length;
    return replaced(text, start, list.range[1], ["", ...linesOf(add, "")].join(lineEnd(text)));
  }
  const places = placesIn(list);
  const last = places?.at(-1);
  if (last === undefined) return undefined;
  const end = endOfLine(text, last.end);
  const lines = linesOf(add, text.slice(startOfLine(text, last.dash), last.dash));
  return replaced(withFinalEnd(text, end), end + missingEnd(text, end), undefined, joined(lines, text));
}

function withoutItem(text: string, pair: Pair | undefined, { remove }: Extract<Edit, { remove: number }>) {
  const places = placesIn(pair?.value);
  const place = places?.[remove];
  if (place === undefined) return undefined;
  const start = startOfLine(text, place.dash);
  const end = endOfLine(text, place.end);
  if (places?.length !== 1) return replaced(text, start, end, "");
  // The last one leaves an empty list behind its key, as kubectl does.
  const before = text.slice(0, start).trimEnd();
  return before.endsWith(":") ? `${before} []${lineEnd(text)}${text.slice(end)}` : undefined;
}

/** Where each item of a list of lines begins with its dash, and ends. */
function placesIn(list: unknown): readonly { readonly dash: number; readonly end: number }[] | undefined {
  if (!isSeq(list) || list.flow || list.srcToken?.type !== "block-seq") return undefined;
  const { items } = list.srcToken;
  return list.items.flatMap((item, index) => {
    const dash = items[index]?.start.find(({ type }) => type === "seq-item-ind")?.offset;
    const end = isCollection(item) ? item.range?.[1] : undefined;
    return dash === undefined || end === undefined ? [] : [{ dash, end }];
  });
}

/** Writes JSON, which is YAML, too, as JSON with its own indentation; undefined for what is not JSON. */
function writtenAsJson(text: string, edit: Edit): string | undefined {
  try {
    const content = applied(JSON.parse(text) as KubeconfigContent, edit);
    const indent = /^[{[]\s*\n([ \t]+)/.exec(text)?.[1];
    return JSON.stringify(content, undefined, indent) + (text.endsWith("\n") ? "\n" : "");
  } catch {
    return undefined;
  }
}

/** Writes all of it anew: comments stay, spaces may not. */
function rewritten(text: string, edit: Edit): string {
  const document = parseDocument(text);
  if ("add" in edit) {
    if (isSeq(document.get(edit.to))) document.addIn([edit.to], document.createNode(edit.add));
    else document.set(edit.to, document.createNode([edit.add]));
  } else if ("remove" in edit) document.deleteIn([edit.from, edit.remove]);
  else document.setIn(edit.set, edit.value);
  return document.toString({ lineWidth: 0, indentSeq: false });
}

function linesOf(entry: Entry, indent: string): readonly string[] {
  const text = stringify([entry], { lineWidth: 0, indentSeq: false });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => indent + line);
}

/** Writes a value as it stands in a line: quoted where it has to be. */
function inLine(value: string): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function appended(text: string, lines: readonly string[]): string {
  return withFinalEnd(text, text.length) + joined(lines, text);
}

function joined(lines: readonly string[], text: string): string {
  return lines.map((line) => line + lineEnd(text)).join("");
}

function replaced(text: string, start: number, end: number | undefined, by: string): string {
  return text.slice(0, start) + by + text.slice(end ?? start);
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** The file's last line may lack its end. */
function withFinalEnd(text: string, end: number): string {
  return missingEnd(text, end) === 0 ? text : text + lineEnd(text);
}

function missingEnd(text: string, end: number): number {
  return end === 0 || text[end - 1] === "\n" ? 0 : lineEnd(text).length;
}

function startOfLine(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** The place behind the line that what ends here ends in. */
function endOfLine(text: string, at: number): number {
  if (at > 0 && text[at - 1] === "\n") return at;
  const next = text.indexOf("\n", at);
  return next === -1 ? text.length : next + 1;
}
