import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

/** What the host's nftables hold, as far as a lab wants to know it. */
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
  readonly hook?: string;
  readonly type?: string;
  readonly policy?: string;
  readonly priority?: number;
}

export interface NftRule extends TableName {
  readonly chain: string;
  readonly handle: number;
  readonly comment?: string;
  readonly matches: readonly Match[];
  readonly verdict?: Verdict;
  /** Of its counter: how many packets have come as far as that. */
  readonly packets?: number;
}

/** One condition: `oifname == [eth0, br0]`. What we don't read into has the key "other". */
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

/** Everything in one call, read by its JSON. */
export async function readRuleset(): Promise<Ruleset> {
  return parseRuleset((await run("nft", ["-j", "list", "ruleset"])).stdout);
}

type Json = Readonly<Record<string, unknown>>;

export function parseRuleset(text: string): Ruleset {
  const items = parse(text);
  const of = (kind: string) => items.flatMap((item) => (isObject(item[kind]) ? [item[kind]] : []));
  return {
    tables: of("table").map((table) => ({ family: String(table.family), table: String(table.name) })),
    chains: of("chain").map((chain) => ({
      ...tableOf(chain),
      name: String(chain.name),
      ...optional("hook", chain.hook),
      ...optional("type", chain.type),
      ...optional("policy", chain.policy),
      ...(typeof chain.prio === "number" ? { priority: chain.prio } : {}),
    })),
    rules: of("rule").map(ruleOf),
  };
}

function parse(text: string): readonly Json[] {
  try {
    const { nftables } = JSON.parse(text) as { nftables?: unknown };
    if (Array.isArray(nftables)) return nftables.filter(isObject);
  } catch (cause) {
    throw new Problem("LAB-GRD-020", "nft", "its JSON could not be read", { cause });
  }
  throw new Problem("LAB-GRD-021", "nft", "its JSON has no nftables");
}

function ruleOf(rule: Json): NftRule {
  const expressions = Array.isArray(rule.expr) ? rule.expr.filter(isObject) : [];
  const verdict = expressions.map(verdictOf).find((found) => found !== undefined);
  const packets = expressions.map(({ counter }) => (isObject(counter) ? counter.packets : undefined)).find(isNumber);
  return {
    ...tableOf(rule),
    chain: String(rule.chain),
    handle: Number(rule.handle),
    ...optional("comment", rule.comment),
    matches: expressions.flatMap(matchOf),
    ...(verdict === undefined ? {} : { verdict }),
    ...(packets === undefined ? {} : { packets }),
  };
}

function verdictOf(expression: Json): Verdict | undefined {
  for (const plain of ["accept", "drop", "reject", "return", "masquerade"] as const) {
    if (plain in expression) return plain;
  }
  if (isObject(expression.jump)) return { jump: String(expression.jump.target) };
  if (isObject(expression.goto)) return { goto: String(expression.goto.target) };
  // iptables-nft's own targets: REJECT, MASQUERADE, ...
  const { xt } = expression;
  return isObject(xt) && xt.type === "target" && xt.name === "REJECT" ? "reject" : undefined;
}

function matchOf(expression: Json): Match[] {
  // What iptables-nft could not translate is a condition that we can't read.
  if (isObject(expression.xt)) {
    const { type, name } = expression.xt;
    return type === "match" && name !== "comment" ? [{ key: `xt ${String(name)}`, op: "==", values: [] }] : [];
  }
  const { match } = expression;
  if (!isObject(match)) return "limit" in expression || "quota" in expression ? [other] : [];
  const { left, op, right } = match;
  const meta = isObject(left) && isObject(left.meta) ? left.meta.key : undefined;
  const ct = isObject(left) && isObject(left.ct) ? left.ct.key : undefined;
  const payload = isObject(left) && isObject(left.payload) ? left.payload : undefined;
  const fib = isObject(left) && isObject(left.fib) ? left.fib : undefined;
  const key =
    meta ??
    (ct && `ct ${String(ct)}`) ??
    (payload && `${String(payload.protocol)} ${String(payload.field)}`) ??
    (fib && `fib ${valuesOf(fib.flags).join(" . ")} ${String(fib.result)}`);
  return [{ key: key === undefined ? "other" : String(key), op: String(op), values: valuesOf(right) }];
}

const other: Match = { key: "other", op: "==", values: [] };

function valuesOf(right: unknown): readonly string[] {
  if (Array.isArray(right)) return right.flatMap(valuesOf);
  if (!isObject(right)) return [String(right)];
  if ("set" in right) return valuesOf(right.set);
  const { prefix } = right;
  if (isObject(prefix)) return [`${String(prefix.addr)}/${String(prefix.len)}`];
  return [JSON.stringify(right)];
}

function tableOf(item: Json): TableName {
  return { family: String(item.family), table: String(item.table) };
}

function optional<Key extends string>(key: Key, value: unknown): { [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: String(value) }) as { [K in Key]?: string };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
