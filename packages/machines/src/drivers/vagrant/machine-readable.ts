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

/** What Vagrant calls a machine that lies on disk and is not there, or that the hypervisor cannot read any more. */
const absent: ReadonlySet<string> = new Set(["not_created", "inaccessible"]);

/** Each machine's state, by `vagrant status --machine-readable`. */
export function parseStatus(output: string): ReadonlyMap<string, MachineState> {
  const states = parseMachineReadable(output).filter(({ type }) => type === "state");
  return new Map(states.map(({ target = "", data: [state = ""] }) => [target, machineState(state)]));
}

/** poweroff, saved, aborted, shutoff, paused...: each is a machine that `vagrant up` starts again. */
function machineState(state: string): MachineState {
  if (absent.has(state)) return "absent";
  return state === "running" ? "running" : "stopped";
}
