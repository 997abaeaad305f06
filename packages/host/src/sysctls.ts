import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import writeFileAtomic from "write-file-atomic";
import { hostFiles } from "./files.js";
import { withHostLock } from "./host-lock.js";
import { readText } from "./read-text.js";
import {
  held,
  isUnchanged,
  released,
  type SysctlRecord,
  type SysctlRecords,
  type DesiredSysctl,
  valueToSet,
} from "./sysctl-records.js";

const proc = "/proc/sys";

/** Where the records lie; another folder in tests. */
export interface SysctlOptions {
  readonly dir?: string;
}

/** Sets sysctls for a lab, and remembers what they were. Keys are dotted, or with slashes where a name has dots. */
export async function holdSysctls(
  lab: string,
  desired: Readonly<Record<string, DesiredSysctl>>,
  { dir = hostFiles.dir }: SysctlOptions = {},
): Promise<void> {
  await withHostLock(dir, () => {
    let { records } = load(dir);
    for (const [key, one] of Object.entries(desired)) {
      const current = readSysctl(key);
      if (current === undefined) {
        throw new Problem("LAB-HST-006", "host", `its kernel has no sysctl ${key}`, {
          remedy: "Load the module that brings it.",
        });
      }
      records = held(records, lab, one, { scope: scopeOf(key), key, current, companions: companionsOf(key) });
      // Recorded before it is changed: an interrupted run can still be put back.
      save(dir, records);
      const value = valueToSet(one, current);
      if (value !== undefined) write(key, value);
    }
  });
}

/** Lets go of a lab's sysctls, all or some; the last holder puts back what was found. */
export async function releaseSysctls(
  lab: string,
  { dir = hostFiles.dir, keys }: SysctlOptions & { readonly keys?: readonly string[] } = {},
): Promise<void> {
  if (load(dir).records.length === 0) return;
  await withHostLock(dir, () => {
    const { kept, over } = released(load(dir).records, lab, keys);
    for (const record of over) putBack(record);
    save(dir, kept);
  });
}

/** Returns what a lab holds here: by its key, the value that the sysctl has now. */
export function heldSysctls(
  lab: string,
  { dir = hostFiles.dir }: SysctlOptions = {},
): Readonly<Record<string, string | undefined>> {
  const mine = load(dir).records.filter(({ holders, key, scope }) => holders.includes(lab) && scope === scopeOf(key));
  return Object.fromEntries(mine.map(({ key }) => [key, readSysctl(key)]));
}

/** Returns the value now, or undefined where this kernel has no such sysctl. */
export function readSysctl(key: string): string | undefined {
  return readText(pathOf(key))?.trim();
}

function putBack(record: SysctlRecord): void {
  // Another network namespace cannot be reached from here, and needs nothing put back once it is gone.
  if (record.scope !== scopeOf(record.key)) return;
  const current = readSysctl(record.key);
  if (current === undefined || !isUnchanged(record, current)) return;
  // The sysctl itself comes first: it sets its companions along with it.
  for (const [key, value] of Object.entries({ [record.key]: record.original, ...record.companions })) {
    if (![undefined, value].includes(readSysctl(key))) write(key, value);
  }
}

/** Reads the sysctls that the kernel sets along with ip_forward, in both directions, whatever they were. */
function companionsOf(key: string): Readonly<Record<string, string>> | undefined {
  if (key !== "net.ipv4.ip_forward") return undefined;
  const links = readdirSync(join(proc, "net/ipv4/conf"))
    .filter((link) => link !== "all")
    .map((link) => `net/ipv4/conf/${link}/forwarding`);
  const keys = ["net/ipv4/conf/all/accept_redirects", ...links];
  return Object.fromEntries(keys.map((name) => [name, readSysctl(name) ?? ""]));
}

/**
 * Tells where a sysctl belongs: those under net to a network namespace, all others that a lab touches to the whole
 * host.
 */
function scopeOf(key: string): string {
  return /^net[./]/.test(key) ? readlinkSync("/proc/self/ns/net") : "host";
}

function pathOf(key: string): string {
  return join(proc, key.includes("/") ? key : key.replaceAll(".", "/"));
}

function write(key: string, value: string): void {
  try {
    writeFileSync(pathOf(key), value);
  } catch (cause) {
    throw new Problem("LAB-HST-005", "host", `sysctl ${key} could not be set to ${value}`, {
      remedy: "Run as root, on a host whose /proc/sys can be written.",
      cause,
    });
  }
}

function load(dir: string): SysctlRecords {
  const boot = readFileSync(join(proc, "kernel/random/boot_id"), "utf8").trim();
  try {
    const known = JSON.parse(readFileSync(join(dir, hostFiles.sysctls), "utf8")) as SysctlRecords;
    if (known.boot === boot) return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return { boot, records: [] };
}

function save(dir: string, records: readonly SysctlRecord[]): void {
  const file = join(dir, hostFiles.sysctls);
  if (records.length === 0) return rmSync(file, { force: true });
  const value: SysctlRecords = { boot: load(dir).boot, records };
  writeFileAtomic.sync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
