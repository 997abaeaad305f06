import { readFileSync, writeFileSync } from "node:fs";
import writeFileAtomic from "write-file-atomic";
import { hostFiles } from "./files.js";
import { hostsFilePath } from "./host-system.js";
import { withHostLock } from "./host-lock.js";

export const hostsFile = hostsFilePath(process);

export interface HostsEntry {
  readonly address: string;
  readonly names: readonly string[];
}

export interface HostsOptions {
  /** Default: the host's own. */
  readonly file?: string;
  /** Folder of the lock that all labs share. */
  readonly dir?: string;
}

/**
 * Puts a lab's names into the hosts file, in a marked block of its own; nothing else in the file changes. With no
 * entries it takes the block out again, and the file is what it was before.
 */
export async function setHostsEntries(
  lab: string,
  entries: readonly HostsEntry[],
  { file = hostsFile, dir = hostFiles.dir }: HostsOptions = {},
): Promise<void> {
  const edit = (text: string) => (entries.length === 0 ? withoutBlock(text, lab) : withBlock(text, lab, entries));
  if (edit(read(file)) === read(file)) return;
  await withHostLock(dir, () => write(file, edit(read(file))));
}

/** Reads the lab's block; empty where there is none. */
export function hostsEntries(lab: string, file = hostsFile): readonly HostsEntry[] {
  const block = blockOf(lab).exec(read(file))?.[1] ?? "";
  return block
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parseHostsEntry);
}

/** A line of a hosts file that gives a name to an address. Lines are counted from 1. */
export interface NamingLine {
  readonly address: string;
  readonly line: number;
  /** It is in the lab's own block. */
  readonly own: boolean;
}

/** Finds the line that gives a name its IPv4 address: the first one that has it counts, whatever its case. */
export function lineNaming(name: string, lab: string, text: string): NamingLine | undefined {
  let own = false;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith(`# k3s-lab ${lab} begin`)) own = true;
    if (line === end(lab)) own = false;
    const { address, names } = parseHostsEntry(line.replace(/#.*/, ""));
    const isNamed = names.some((each) => each.toLowerCase() === name.toLowerCase());
    if (isNamed && address.includes(".")) return { address, line: index + 1, own };
  }
  return undefined;
}

/** Reads "10.76.0.10 multi": the address, then its names. */
export function parseHostsEntry(line: string): HostsEntry {
  const [address = "", ...names] = line.trim().split(/\s+/);
  return { address, names };
}

export function withBlock(text: string, lab: string, entries: readonly HostsEntry[]): string {
  const rest = withoutBlock(text, lab);
  const lines = [begin(lab), ...entries.map(({ address, names }) => `${address}\t${names.join(" ")}`), end(lab)];
  // A file without a last newline gets a block without one, by which withoutBlock knows it again.
  return rest === "" || rest.endsWith("\n") ? `${rest}${lines.join("\n")}\n` : `${rest}\n${lines.join("\n")}`;
}

export function withoutBlock(text: string, lab: string): string {
  const clean = text.replace(blockOf(lab), "");
  if (clean === text) return text;
  return !text.endsWith("\n") && text.endsWith(end(lab)) ? clean.replace(/\n$/, "") : clean;
}

function write(file: string, text: string): void {
  try {
    writeFileAtomic.sync(file, text);
  } catch (error) {
    // In a container the hosts file is often a mount of its own, which no rename can replace.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EBUSY" && code !== "EXDEV") throw error;
    writeFileSync(file, text);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

const begin = (lab: string) => `# k3s-lab ${lab} begin: written by lab:up, removed by lab:down`;
const end = (lab: string) => `# k3s-lab ${lab} end`;

function blockOf(lab: string): RegExp {
  return new RegExp(
    `^# k3s-lab ${lab} begin[^\\n]*\\n((?:(?!# k3s-lab )[^\\n]*\\n)*)# k3s-lab ${lab} end(?:\\n|$)`,
    "m",
  );
}
