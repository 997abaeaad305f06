import { isMap, isScalar, LineCounter, parseDocument } from "yaml";

export interface YamlFile {
  /** Its content; a key without a value is left out, so that its default counts. */
  readonly data: unknown;
  /** `file:line:column` of a key's value, or of an unknown key itself. */
  where(path: readonly PropertyKey[], what?: "value" | "key"): string;
}

/** Reads YAML; returns all that is wrong with it as lines that begin with `file:line:column`. */
export function readYaml(text: string, file: string): YamlFile | { readonly faults: readonly string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line || 1}:${col || 1}`;
  };
  // An unknown tag is only a warning for the parser; here nothing would heed it.
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0)
    return { faults: errors.map(({ pos, code, message }) => `${at(pos[0])}: ${plain[code] ?? message}`) };
  const where = (path: readonly PropertyKey[], what = "value") => {
    // A missing key has no place of its own: it is placed at its nearest parent that exists.
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const key = String(path[length - 1]);
      const pair = isMap(parent) && parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      const node = what === "key" && pair ? pair.key : document.getIn(path.slice(0, length), true);
      const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
      if (range) return at(range[0]);
    }
    return at(document.contents?.range?.[0] ?? 0);
  };
  try {
    return { data: withoutEmpty(document.toJS()), where };
  } catch (error) {
    // An alias without an anchor, or aliases that would grow without end.
    return { faults: [`${at(0)}: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** The parser's messages in plainer words, by its codes. */
const plain: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key was given before, expected each key once",
  MULTIPLE_DOCS: "a second document begins here, expected one",
  TAB_AS_INDENT: "indented by a tab, expected spaces",
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
