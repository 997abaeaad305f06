import type { MachineState } from "../../driver.js";

/** One line of Vagrant's machine-readable output. */
export interface MachineReadable {
  /** The machine; absent where a line is about none. */
  readonly target?: string;
  readonly type: string;
  readonly data: readonly string[];
}

/** Parses `vagrant ... --machine-readable`: lines of time, target, type and data, with escapes of Vagrant's own. */
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

/** Vagrant's states that matter: running, never created, and known to Vagrant but no longer readable. */
const states: ReadonlyMap<string, MachineState> = new Map([
  ["running", "running"],
  ["not_created", "absent"],
  ["inaccessible", "absent"],
]);

/**
 * Parses `vagrant status --machine-readable` into each machine's state. In all other states (poweroff, saved, aborted,
 * shutoff, paused) `vagrant up` starts the machine again.
 */
export function parseStatus(output: string): ReadonlyMap<string, MachineState> {
  const lines = parseMachineReadable(output).filter(({ type }) => type === "state");
  return new Map(lines.map(({ target = "", data: [state = ""] }) => [target, states.get(state) ?? "stopped"]));
}
