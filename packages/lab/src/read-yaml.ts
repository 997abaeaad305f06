import type { Place as PlaceInFile } from "@k3s-lab/problem";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, visit } from "yaml";

export interface YamlFile {
  /** Its content, aliases and merge keys resolved; a key without a value is left out, so that its default counts. */
  readonly data: unknown;
  /** Finds a key's value, or an unknown key itself: where it is written, which may be at an anchor. */
  where(path: readonly PropertyKey[], what?: "value" | "key"): Pick<PlaceInFile, "line" | "column">;
}

interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** Reads YAML; returns all that is wrong with it, and where. */
export function readYaml(text: string, file: string): YamlFile | { readonly faults: readonly PlaceInFile[] } {
  const lines = new LineCounter();
  // Merge keys come from YAML 1.1, and editors and Compose know them.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: line || 1, column: col || 1 };
  };
  const found = [foreignCharacters(text), syntaxFaults(document), aliasFaults(document)].find(
    ({ length }) => length > 0,
  );
  if (found) return { faults: found.map(({ offset, message }) => ({ file, ...at(offset), message })) };
  const where = (path: readonly PropertyKey[], what = "value") => {
    // A missing key has no place of its own: it is placed at its nearest parent that exists.
    for (let length = path.length; length > 0; length--) {
      const place = placeOf(document, path.slice(0, length));
      const node = what === "key" && length === path.length ? place?.key : place?.value;
      const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
      if (range) return at(range[0]);
    }
    return at(document.contents?.range?.[0] ?? 0);
  };
  try {
    return { data: withoutEmpty(document.toJS()), where };
  } catch {
    return { faults: [{ file, ...at(0), message: "its aliases expand too far, expected at most 100" }] };
  }
}

/** Finds characters that nobody typed on purpose: they look like the right one, or like nothing. */
function foreignCharacters(text: string): readonly Fault[] {
  const space = /^(?:[\t -]*|[^#\n]*: *)([\u00a0\u2000-\u200d\u202f\u3000])/mu.exec(text);
  if (space) {
    const [before, character = ""] = space;
    const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    const offset = space.index + before.length - character.length;
    return [{ offset, message: `the space is U+${code}, as web pages use it, expected an ordinary one` }];
  }
  return /\r(?!\n)/.test(text) && !text.includes("\n")
    ? [{ offset: text.indexOf("\r"), message: "lines end in CR alone, expected LF or CRLF" }]
    : [];
}

function syntaxFaults({ errors, warnings }: Document.Parsed): readonly Fault[] {
  // The parser only warns of an unknown tag; nothing here would act on it.
  const faults = [...errors, ...warnings];
  const tooMuch = faults.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  return (tooMuch ? [tooMuch] : faults).map(({ pos, code, message }) => ({
    offset: pos[0],
    message: plain[code] ?? message,
  }));
}

/** Finds aliases that refer to nothing or to themselves, and merge keys that merge no keys. */
function aliasFaults(document: Document.Parsed): readonly Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Alias(_, alias, path) {
      const offset = alias.range?.[0] ?? 0;
      const anchor = alias.resolve(document);
      if (anchor === undefined) {
        faults.push({ offset, message: `the alias *${alias.source} has no anchor &${alias.source} before it` });
      } else if (path.includes(anchor)) {
        faults.push({ offset, message: `the alias *${alias.source} is inside the value that it stands for` });
      }
    },
    Pair(_, pair) {
      const offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      if (isMerge(pair) && merged(document, pair).some((source) => source !== undefined && !isMap(source))) {
        faults.push({ offset, message: "<<: expected keys with values, or an alias of such, or a list of them" });
      }
    },
  });
  return faults;
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && (typeof key.value === "symbol" || (key.value === "<<" && key.type === "PLAIN"));
}

/** Returns what a merge key merges; undefined in place of an alias that has no anchor. */
function merged(document: Document.Parsed, { value }: Pair): readonly unknown[] {
  const source = resolved(document, value);
  return isSeq(source) ? source.items.map((item) => resolved(document, item)) : [source];
}

function resolved(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

interface Place {
  /** Absent for an item of a list. */
  readonly key?: unknown;
  readonly value: unknown;
}

/** Finds what is at a path, through aliases and merge keys. */
function placeOf(document: Document.Parsed, path: readonly PropertyKey[]): Place | undefined {
  let place: Place | undefined = { value: document.contents };
  for (const key of path) place = childOf(document, resolved(document, place?.value), String(key));
  return place;
}

function childOf(document: Document.Parsed, parent: unknown, key: string): Place | undefined {
  if (isSeq(parent)) return { value: parent.items[Number(key)] };
  if (!isMap(parent)) return undefined;
  const own = parent.items.find((pair) => !isMerge(pair) && isScalar(pair.key) && String(pair.key.value) === key);
  if (own) return own;
  const sources = parent.items.filter(isMerge).flatMap((pair) => merged(document, pair));
  return sources.map((source) => childOf(document, source, key)).find((child) => child !== undefined);
}

/** The parser's messages in plainer words, by its codes. */
const plain: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'here * begins an alias, expected "*" in quotes to mean the character',
  DUPLICATE_KEY: "this key was given before, expected each key once",
  MULTIPLE_DOCS: "a second document begins here, expected one",
  TAB_AS_INDENT: "indented by a tab, expected spaces",
  BLOCK_AS_IMPLICIT_KEY: "a second key on one line, expected a line for each, or quotes around a text with a colon",
  RESOURCE_EXHAUSTION: "nested too deeply",
};

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutEmpty(inner)]),
  );
}
