import type { SampledRun } from "./sample-tree.js";

/** The commands of the table: each is timed once in a round, and nothing runs beside it. */
export type CommandId = "up" | "again" | "plan" | "status" | "exec" | "kubectl" | "push" | "unchanged" | "down";

/** The commands that are run while a lab is up, in their order. */
export const shortCommands = ["plan", "again", "status", "exec", "kubectl", "push", "unchanged"] as const;

/** Everything that a round times. */
export type TimedId =
  | CommandId
  | "orchestration"
  | "untilFirstStage"
  | "oneProcess"
  | "untilFirstMachine"
  | "gaps"
  | "afterLastNode"
  | "npm"
  | "upOfFive"
  | "rawUp"
  | "rawLook"
  | "rawPush"
  | "rawDown"
  | "rawExec"
  | "rawKubectl";

/** CPU seconds by the name of a machine, from its start until the lab was up, by k3s-lab or by the raw chain. */
export type MachineCpu = Readonly<Record<string, number>>;

/** What one round has measured. */
export interface Round {
  /** "v1.34.4+k3s1 (modules)" */
  readonly k3s: string;
  /** Milliseconds. */
  readonly times: Readonly<Record<TimedId, number>>;
  /** CPU seconds of all that a command has started and waited for. */
  readonly cpu: Readonly<Record<CommandId, number>>;
  readonly machines: MachineCpu;
  readonly machinesInRawChain: MachineCpu;
  readonly machinesOfFive: MachineCpu;
  /** Of runs that were sampled, and therefore not timed; of `up` in every round. */
  readonly samples: Readonly<Partial<Record<CommandId, SampledRun>>> & { readonly up: SampledRun };
}
