/**
 * What a lab needs of a sysctl: a value; at least a number; or only that its value is put back in the end, because
 * something in a machine will change it (a kubelet in a container sets kernel.panic of the whole host).
 */
export type DesiredSysctl = string | { readonly atLeast: number } | { readonly asFound: true };

/** A sysctl that labs hold: what it was, and what they set (nothing where it is only put back). */
export interface SysctlRecord {
  /** "host", or the network namespace that a net.* sysctl belongs to. */
  readonly scope: string;
  readonly key: string;
  readonly original: string;
  readonly set?: string | undefined;
  readonly holders: readonly string[];
  /** Others that the kernel changes along with it, as they were. */
  readonly companions?: Readonly<Record<string, string>> | undefined;
}

export interface SysctlRecords {
  /** A boot puts every sysctl back: what an earlier one recorded is void. */
  readonly boot: string;
  readonly records: readonly SysctlRecord[];
}

/** Returns the value to write, or undefined where the current one will do. */
export function valueToSet(desired: DesiredSysctl, current: string): string | undefined {
  if (typeof desired === "string") return normal(desired) === normal(current) ? undefined : desired;
  if ("asFound" in desired) return undefined;
  return Number(current) >= desired.atLeast ? undefined : String(desired.atLeast);
}

export interface Found {
  readonly scope: string;
  readonly key: string;
  readonly current: string;
  readonly companions?: Readonly<Record<string, string>> | undefined;
}

/** Returns the records once a lab holds a sysctl, too. The first holder's original stays. */
export function held(
  records: readonly SysctlRecord[],
  lab: string,
  desired: DesiredSysctl,
  found: Found,
): readonly SysctlRecord[] {
  const known = records.find((record) => same(record, found));
  const set = valueToSet(desired, found.current) ?? known?.set;
  const record: SysctlRecord = {
    scope: found.scope,
    key: found.key,
    original: known?.original ?? found.current,
    holders: [...new Set([...(known?.holders ?? []), lab])],
    set,
    companions: known?.companions ?? (set === undefined ? undefined : found.companions),
  };
  return [...records.filter((other) => !same(other, found)), record];
}

/** Returns the records without a lab, and those that it was the last to hold. `keys` narrows it to some. */
export function released(
  records: readonly SysctlRecord[],
  lab: string,
  keys?: readonly string[],
): { readonly kept: readonly SysctlRecord[]; readonly over: readonly SysctlRecord[] } {
  const left = records.map((record) => {
    const concerns = keys?.includes(record.key) ?? true;
    return { record, holders: record.holders.filter((holder) => !concerns || holder !== lab) };
  });
  return {
    kept: left.flatMap(({ record, holders }) => (holders.length === 0 ? [] : [{ ...record, holders }])),
    over: left.flatMap(({ record, holders }) => (holders.length === 0 ? [record] : [])),
  };
}

/** Tells whether a sysctl still has the value that labs set: if another program has set it since, it stays. */
export function isUnchanged(record: SysctlRecord, current: string): boolean {
  return record.set === undefined || normal(record.set) === normal(current);
}

/** Replaces the tabs that the kernel prints between numbers. */
function normal(value: string): string {
  return value.trim().replaceAll(/\s+/g, " ");
}

function same(a: { scope: string; key: string }, b: { scope: string; key: string }): boolean {
  return a.scope === b.scope && a.key === b.key;
}
