import type { ErrorId } from "@k3s-lab/problem";
import type { ActionKind } from "./step.js";

/** What a run reports while it goes on; one JSON object a line with `--json`. Times are milliseconds. */
export type Event =
  | { readonly event: "stage-started"; readonly stage: string }
  | {
      readonly event: "stage-ended";
      readonly stage: string;
      readonly ok: boolean;
      readonly ms: number;
      readonly actions: number;
    }
  | { readonly event: "step-started"; readonly stage: string; readonly id: string; readonly step: string }
  | {
      readonly event: "step-ended";
      readonly stage: string;
      /** The id of the step; `step` is its title. */
      readonly id: string;
      readonly step: string;
      readonly ok: boolean;
      readonly ms: number;
      readonly actions: number;
    }
  | {
      readonly event: "action-started";
      readonly stage: string;
      readonly id: string;
      readonly step: string;
      readonly action: string;
      /** What the action is about: the name of a node, "host", "cluster" or "registry". */
      readonly on: string;
      readonly kind: ActionKind;
    }
  | {
      readonly event: "action-ended";
      readonly stage: string;
      /** The id of the step; `step` is its title. */
      readonly id: string;
      readonly step: string;
      readonly action: string;
      readonly on: string;
      readonly kind: ActionKind;
      readonly ok: boolean;
      readonly ms: number;
    }
  | { readonly event: "progress"; readonly stage: string; readonly message: string }
  | { readonly event: "note"; readonly stage: string; readonly message: string }
  /** Before the first action: what is about to be done, in a line. */
  | { readonly event: "plan"; readonly stage: string; readonly message: string }
  | {
      readonly event: "problem";
      readonly stage: string;
      readonly message: string;
      /** "LAB-NET-003"; absent for an interruption, and for an error that no one foresaw. */
      readonly id?: ErrorId | undefined;
      readonly exitCode: number;
    };

export type Report = (event: Event) => void;
