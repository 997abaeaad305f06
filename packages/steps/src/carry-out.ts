import { Problem } from "@k3s-lab/problem";
import { Facts } from "./facts.js";
import { messageOf } from "./message.js";
import type { Report } from "./report.js";
import type { Action, Step } from "./step.js";

export interface CarryOutOptions {
  /** Names the stage in every event: "machines". */
  readonly stage: string;
  readonly report: Report;
  /** What is known of the world already; its signal interrupts. */
  readonly facts?: Facts;
}

/** Makes each step true, in order. Resolves with the number of actions taken. */
export async function carryOut(
  steps: readonly Step[],
  { stage, report, facts = new Facts() }: CarryOutOptions,
): Promise<number> {
  let taken = 0;
  for (const step of steps) {
    facts.signal.throwIfAborted();
    taken += await new Run(step, stage, report, facts).carryOut();
  }
  return taken;
}

/** One step being carried out. */
class Run {
  readonly #step: Step;
  readonly #stage: string;
  readonly #report: Report;
  readonly #facts: Facts;

  constructor(step: Step, stage: string, report: Report, facts: Facts) {
    this.#step = step;
    this.#stage = stage;
    this.#report = report;
    this.#facts = facts;
  }

  async carryOut(): Promise<number> {
    const { id, title } = this.#step;
    const event = { stage: this.#stage, id, step: title };
    const started = performance.now();
    this.#report({ event: "step-started", ...event });
    let actions: readonly Action[] = [];
    let ok = false;
    try {
      actions = await this.#plan();
      if (this.#step.parallel) await this.#actTogether(actions);
      else for (const action of actions) await this.#act(action);
      if (actions.length > 0) await this.#refuseRemainder();
      ok = true;
    } finally {
      this.#report({ event: "step-ended", ...event, ok, ms: performance.now() - started, actions: actions.length });
    }
    return actions.length;
  }

  async #plan(): Promise<readonly Action[]> {
    const planned = this.#step.plan(await this.#step.observe(this.#facts));
    if (planned instanceof Problem) throw planned;
    return planned;
  }

  async #act(action: Action): Promise<void> {
    const facts = this.#facts;
    facts.signal.throwIfAborted();
    const event = { stage: this.#stage, id: this.#step.id, step: this.#step.title, action: action.sentence };
    const started = performance.now();
    this.#report({ event: "action-started", ...event });
    let ok = false;
    try {
      const tell = (kind: "progress" | "note") => (message: string) =>
        this.#report({ event: kind, stage: this.#stage, message });
      await action.run({ signal: facts.signal, facts, progress: tell("progress"), note: tell("note") });
      ok = true;
    } finally {
      facts.forget();
      this.#report({ event: "action-ended", ...event, ok, ms: performance.now() - started });
    }
  }

  /** Waits for all, so that nothing goes on behind a failure, then throws the first; the others are told as notes. */
  async #actTogether(actions: readonly Action[]): Promise<void> {
    const outcomes = await Promise.allSettled(actions.map((action) => this.#act(action)));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" ? [{ reason: outcome.reason as unknown, action: actions[index]?.sentence }] : [],
    );
    // Interrupted, all of them fail, and none for a reason of its own.
    if (!this.#facts.signal.aborted) {
      for (const { reason, action } of failures.slice(1)) {
        const message = `${action} failed too: ${messageOf(reason)}`;
        this.#report({ event: "note", stage: this.#stage, message });
      }
    }
    if (failures[0]) throw failures[0].reason;
  }

  /** A plan that is not empty after its own actions is the failure. */
  async #refuseRemainder(): Promise<void> {
    const remaining = (await this.#plan()).filter(({ unobservable }) => !unobservable);
    if (remaining.length === 0) return;
    const sentences = remaining.map(({ sentence }) => sentence).join("; ");
    throw new Problem("LAB-RUN-002", this.#step.title, `was carried out, but this is still to be done: ${sentences}`, {
      remedy: "Run the command again; `npm run lab:plan` shows what is missing.",
    });
  }
}
