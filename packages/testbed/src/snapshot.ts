import { run as runHere, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { linesOf } from "./snapshot-lines.js";
import { type Section, sections, snapshotScript, splitSections } from "./snapshot-script.js";

/** The state of a host as sorted lines, section by section. */
export type Snapshot = Readonly<Record<Section, readonly string[]>>;

export interface SnapshotOptions {
  /** Where to look: `world.host.run`. Default: the real host. */
  readonly run?: (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** Which lines count in a section that is shared with others: files, say, of one lab alone. */
  readonly only?: Readonly<Partial<Record<Section, RegExp>>>;
}

export async function snapshotHost({ run = runHere, only = {} }: SnapshotOptions = {}): Promise<Snapshot> {
  const { stdout } = await run("sh", ["-c", snapshotScript()]);
  const texts = splitSections(stdout);
  const entries = (Object.keys(sections) as Section[]).map((section) => {
    const counts = only[section];
    const lines = linesOf[section](texts[section]).filter((line) => counts === undefined || counts.test(line));
    return [section, lines.toSorted()];
  });
  return Object.fromEntries(entries) as Snapshot;
}

/** Renders what changed, for a person: the section, then its lines that went (-) and came (+). "" where nothing did. */
export function diffSnapshots(before: Snapshot, after: Snapshot): string {
  return (Object.keys(sections) as Section[])
    .map((section) => {
      const lines = [
        ...without(before[section], after[section]).map((line) => `  - ${line}`),
        ...without(after[section], before[section]).map((line) => `  + ${line}`),
      ];
      return lines.length === 0 ? "" : `${section}:\n${lines.join("\n")}\n`;
    })
    .join("");
}

/** Returns the lines of one list that another lacks; a line that occurs twice must occur twice in both. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}
