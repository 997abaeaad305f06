import type { MachineState } from "../../driver.js";

export interface MachineReadable {
  /** Absent where a line is about no machine. */
  readonly target?: string;
  readonly type: string;
  readonly data: readonly string[];
}

/** Lines of `vagrant ... --machine-readable`: time, target, type, data, with their own escapes. */
export function parseMachineReadable(output: string): readonly MachineReadable[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const [time = "", target = "", type, ...data] = line.split(",");
    // A plugin or Ruby itself may print something in between.
    if (type === undefined || !/^\d+$/.test(time)) return [];
    return [{ ...(target === "" ? {} : { target }), type, data: data.map(unescape) }];
  });
}

function unescape(text: string): string {
  return text
    .replaceAll("%!(VAGRANT_COMMA)", ",")
    .replaceAll(String.raw`\n`, "\n")
    .replaceAll(String.raw`\r`, "\r");
}

/** What Vagrant calls a machine that runs, one that lies on disk and does not exist, and one that cannot be read any more. */
const states: ReadonlyMap<string, MachineState> = new Map([
  ["running", "running"],
  ["not_created", "absent"],
  ["inaccessible", "absent"],
]);

/**
 * Each machine's state, by `vagrant status --machine-readable`. All others (poweroff, saved, aborted, shutoff, paused)
 * are those of a machine that `vagrant up` starts again.
 */
export function parseStatus(output: string): ReadonlyMap<string, MachineState> {
  const lines = parseMachineReadable(output).filter(({ type }) => type === "state");
  return new Map(lines.map(({ target = "", data: [state = ""] }) => [target, states.get(state) ?? "stopped"]));
}
