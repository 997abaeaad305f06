import { nearest } from "@k3s-lab/problem";
import { labConfig } from "./config.js";
import { describeIssue, type Finding } from "./describe-issue.js";

/** The parts of a schema that hold other schemas. */
interface Node {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Node>>;
  readonly item?: Node;
  /** What each key of a record holds, whatever the key is. */
  readonly value?: Node;
  readonly wrapped?: Node;
  /** Of a union its members, of a picklist its words. */
  readonly options?: readonly (Node | string)[];
}

/** Returns the part of a schema that has keys or items: of a value that may also be a word, the member with keys. */
function inner(node: Node): Node {
  const { options, ...own } = node.wrapped ?? node;
  return options?.find((each): each is Node => typeof each === "object" && each.entries !== undefined) ?? own;
}

/**
 * Finds every key that lab.yaml does not have, and every list in the place of keys: the schema library names only the
 * first unknown key of each section, and takes a list for an object.
 */
export function unknownKeys(data: unknown, node: Node = labConfig, path: Finding["path"] = []): readonly Finding[] {
  const { entries, item, value: held } = inner(node);
  if (Array.isArray(data)) {
    if (entries) return [describeIssue(path, "expected keys with values", data)];
    return item ? data.flatMap((each, index) => unknownKeys(each, item, [...path, index])) : [];
  }
  if (typeof data !== "object" || data === null) return [];
  if (held) return Object.entries(data).flatMap(([name, each]) => unknownKeys(each, held, [...path, name]));
  if (entries === undefined) return [];
  return Object.entries(data).flatMap(([key, value]) => {
    const place = [...path, key];
    if (Object.hasOwn(entries, key)) return unknownKeys(value, entries[key], place);
    const meant = suggest(entries, path, key);
    const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    return [{ path: place, message: `unknown key ${place.join(".")}${hint}`, isKey: true }];
  });
}

/** Returns what an unknown key was probably meant to be: a similar key in its place, or the same key in another. */
function suggest(known: Readonly<Record<string, Node>>, path: Finding["path"], key: string): string | undefined {
  const near = nearest(key, Object.keys(known));
  if (near !== undefined) return [...path, near].join(".");
  return places(labConfig).find((place) => place.split(".").at(-1) === key);
}

/** Returns every key of lab.yaml, dotted: "network.subnet", "nodes[].role". */
function places(node: Node, prefix = ""): readonly string[] {
  const { entries = {}, item } = inner(node);
  const below = Object.entries(entries).flatMap(([key, each]) => [prefix + key, ...places(each, `${prefix}${key}.`)]);
  return item ? places(item, `${prefix.slice(0, -1)}[].`) : below;
}
