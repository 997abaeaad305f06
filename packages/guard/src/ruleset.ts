import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

/** What the host's nftables hold, as far as it matters to a lab. */
export interface Ruleset {
  readonly tables: readonly TableName[];
  readonly chains: readonly NftChain[];
  readonly rules: readonly NftRule[];
}

export interface TableName {
  readonly family: string;
  readonly table: string;
}

export interface NftChain extends TableName {
  readonly name: string;
  /** Only a base chain has a hook. */
  readonly hook?: string | undefined;
  readonly type?: string | undefined;
  readonly policy?: string | undefined;
  readonly priority?: number | undefined;
}

export interface NftRule extends TableName {
  readonly chain: string;
  readonly handle: number;
  readonly comment?: string | undefined;
  readonly matches: readonly Match[];
  readonly verdict?: Verdict | undefined;
  /** Of its counter: how many packets have come as far as that. */
  readonly packets?: number | undefined;
}

/** One condition: `oifname == [eth0, br0]`. What is not read any further has the key "other", or the operator "vmap". */
export interface Match {
  readonly key: string;
  readonly op: string;
  readonly values: readonly string[];
}

export type Verdict =
  | "accept"
  | "drop"
  | "reject"
  | "return"
  | "masquerade"
  | { readonly jump: string }
  | { readonly goto: string };

/** Reads everything in one call, by its JSON. */
export async function readRuleset(): Promise<Ruleset> {
  return parseRuleset((await run("nft", ["-j", "list", "ruleset"])).stdout);
}

/** Objects of nft's JSON (man 5 libnftables-json), as far as they are read here. */
interface RawTable {
  readonly family: string;
  readonly name: string;
}

interface RawChain extends RawTable {
  readonly table: string;
  readonly hook?: string;
  readonly type?: string;
  readonly policy?: string;
  /** nft prints the number, whatever the table was written with. */
  readonly prio?: number;
}

interface RawRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly comment?: string;
  /** A statement without options may be a word alone. */
  readonly expr?: readonly (RawExpression | string)[];
}

interface RawExpression {
  readonly match?: { readonly left: RawLeft; readonly op: string; readonly right: unknown };
  /** A verdict for each value. */
  readonly vmap?: { readonly key: RawLeft };
  readonly counter?: { readonly packets?: number } | null;
  readonly jump?: { readonly target: string };
  readonly goto?: { readonly target: string };
  /** What iptables-nft could not translate, its own targets included: REJECT, MASQUERADE, ... */
  readonly xt?: { readonly type: string; readonly name: string } | null;
}

interface RawLeft {
  readonly meta?: { readonly key: string };
  readonly ct?: { readonly key: string };
  readonly payload?: { readonly protocol?: string; readonly field?: string };
  readonly fib?: { readonly flags: unknown; readonly result: string };
}

export function parseRuleset(text: string): Ruleset {
  const items = parse(text);
  const of = <Raw>(kind: string) => items.flatMap((item) => (kind in item ? [item[kind] as Raw] : []));
  return {
    tables: of<RawTable>("table").map(({ family, name }) => ({ family, table: name })),
    chains: of<RawChain>("chain").map(({ family, table, name, hook, type, policy, prio: priority }) => {
      return { family, table, name, hook, type, policy, priority };
    }),
    rules: of<RawRule>("rule").map(ruleOf),
  };
}

function parse(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const { nftables } = JSON.parse(text) as { nftables?: unknown };
    if (Array.isArray(nftables)) return nftables.filter(isObject);
  } catch (cause) {
    throw new Problem("LAB-GRD-020", "nft", "its JSON could not be read", { cause });
  }
  throw new Problem("LAB-GRD-021", "nft", "its JSON has no nftables");
}

function ruleOf({ family, table, chain, handle, comment, expr = [] }: RawRule): NftRule {
  const expressions = expr.filter((each) => typeof each !== "string");
  return {
    family,
    table,
    chain,
    handle,
    comment,
    matches: expressions.flatMap(matchOf),
    verdict: expressions.map(verdictOf).find((verdict) => verdict !== undefined),
    packets: expressions.map(({ counter }) => counter?.packets).find((packets) => packets !== undefined),
  };
}

const plainVerdicts = ["accept", "drop", "reject", "return", "masquerade"] as const;

function verdictOf(expression: RawExpression): Verdict | undefined {
  const { jump, goto, xt } = expression;
  if (jump !== undefined) return { jump: jump.target };
  if (goto !== undefined) return { goto: goto.target };
  if (xt?.type === "target" && xt.name === "REJECT") return "reject";
  return plainVerdicts.find((plain) => plain in expression);
}

function matchOf(expression: RawExpression): readonly Match[] {
  const { match, vmap, xt } = expression;
  if (vmap) return [{ key: keyOf(vmap.key), op: "vmap", values: [] }];
  if (xt) {
    // What iptables-nft could not translate is a condition that we can't read.
    return xt.type === "match" && xt.name !== "comment" ? [{ key: `xt ${xt.name}`, op: "==", values: [] }] : [];
  }
  if (match === undefined) return "limit" in expression || "quota" in expression ? [other] : [];
  return [{ key: keyOf(match.left), op: match.op, values: valuesOf(match.right) }];
}

function keyOf({ meta, ct, payload, fib }: RawLeft): string {
  return (
    meta?.key ??
    (ct && `ct ${ct.key}`) ??
    (payload && `${payload.protocol} ${payload.field}`) ??
    (fib && `fib ${valuesOf(fib.flags).join(" . ")} ${fib.result}`) ??
    other.key
  );
}

const other: Match = { key: "other", op: "==", values: [] };

function valuesOf(right: unknown): readonly string[] {
  if (Array.isArray(right)) return right.flatMap(valuesOf);
  if (!isObject(right)) return [String(right)];
  if ("set" in right) return valuesOf(right.set);
  const { prefix } = right;
  return [isObject(prefix) ? `${String(prefix.addr)}/${String(prefix.len)}` : JSON.stringify(right)];
}

/** Keeps the items of one table. */
export function inTable<Item extends TableName>(items: readonly Item[], { family, table }: TableName): readonly Item[] {
  return items.filter((item) => item.family === family && item.table === table);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
