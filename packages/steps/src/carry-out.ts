import { Problem } from "@k3s-lab/problem";
import { messageOf } from "./message.js";
import type { Report } from "./report.js";
import type { Action, Step } from "./step.js";

export interface CarryOutOptions {
  /** Names the stage in every event: "machines". */
  readonly stage: string;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** Makes each step true, in order. Resolves with the number of actions taken. */
export async function carryOut(steps: readonly Step[], options: CarryOutOptions): Promise<number> {
  const signal = options.signal ?? new AbortController().signal;
  let taken = 0;
  for (const step of steps) {
    signal.throwIfAborted();
    taken += await carryOutStep(step, { ...options, signal });
  }
  return taken;
}

/** What carryOut would do, without doing it. */
export async function foresee(
  steps: readonly Step[],
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const step of steps) {
    const actions = step.plan(await step.observe(signal));
    sentences.push(...actions.map((action) => action.sentence));
  }
  return sentences;
}

async function carryOutStep(step: Step, options: Required<CarryOutOptions>): Promise<number> {
  const { stage, report, signal } = options;
  const started = performance.now();
  report({ event: "step-started", stage, step: step.title });
  let actions: readonly Action[] = [];
  let ok = false;
  try {
    actions = step.plan(await step.observe(signal));
    if (actions.length > 0) {
      if (step.parallel) await actTogether(actions, step, options);
      else for (const action of actions) await act(action, step, options);
      refuseRemainder(step, step.plan(await step.observe(signal)));
    }
    ok = true;
  } finally {
    report({
      event: "step-ended",
      stage,
      step: step.title,
      ok,
      ms: performance.now() - started,
      actions: actions.length,
    });
  }
  return actions.length;
}

async function act(action: Action, step: Step, { stage, report, signal }: Required<CarryOutOptions>): Promise<void> {
  signal.throwIfAborted();
  const event = { stage, step: step.title, action: action.sentence };
  const started = performance.now();
  report({ event: "action-started", ...event });
  let ok = false;
  try {
    await action.run({ signal, progress: (message) => report({ event: "progress", stage, message }) });
    ok = true;
  } finally {
    report({ event: "action-ended", ...event, ok, ms: performance.now() - started });
  }
}

/** Waits for all, so that nothing goes on behind a failure, then throws the first; the others are told as notes. */
async function actTogether(actions: readonly Action[], step: Step, options: Required<CarryOutOptions>): Promise<void> {
  const outcomes = await Promise.allSettled(actions.map((action) => act(action, step, options)));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected" ? [{ reason: outcome.reason as unknown, action: actions[index]?.sentence }] : [],
  );
  // Interrupted, all of them fail, and none for a reason of its own.
  if (!options.signal.aborted) {
    for (const { reason, action } of failures.slice(1)) {
      options.report({ event: "note", stage: options.stage, message: `${action} failed too: ${messageOf(reason)}` });
    }
  }
  if (failures[0]) throw failures[0].reason;
}

/** A plan that is not empty after its own actions is the failure. */
function refuseRemainder(step: Step, remaining: readonly Action[]): void {
  if (remaining.length === 0) return;
  const sentences = remaining.map((action) => action.sentence).join("; ");
  throw new Problem("LAB-RUN-002", step.title, `was carried out, but this is still to be done: ${sentences}`, {
    remedy: "Run the command again; `npm run lab:plan` shows what is missing.",
  });
}
