import { messageOf, Problem } from "@k3s-lab/problem";
import { Facts } from "./facts.js";
import type { Report } from "./report.js";
import type { Action, Step } from "./step.js";

export interface CarryOutOptions {
  /** Names the stage in every event: "machines". */
  readonly stage: string;
  readonly report: Report;
  /** What is known of the world already; its signal interrupts. */
  readonly facts?: Facts;
  /** Whether an action may destroy what cannot be made again. Where it may not, a step that would is a Problem. Default: yes. */
  readonly mayDestroy?: boolean;
}

/**
 * Makes each step true, in order. Resolves with the number of actions taken; throws the first failure, or a Problem
 * where a step's plan is not empty after its own actions. Checks alone are made once more before that.
 */
export async function carryOut(
  steps: readonly Step[],
  { stage, report, facts = new Facts(), mayDestroy = true }: CarryOutOptions,
): Promise<number> {
  let taken = 0;
  for (const step of steps) taken += await carryOutStep(step, { stage, report, facts, mayDestroy });
  return taken;
}

type Context = Required<CarryOutOptions>;

async function carryOutStep(step: Step, context: Context): Promise<number> {
  const { stage, report, facts } = context;
  facts.signal.throwIfAborted();
  const event = { stage, id: step.id, step: step.title };
  const started = performance.now();
  let actions: readonly Action[] = [];
  let ok = false;
  report({ event: "step-started", ...event });
  try {
    actions = await plan(step, facts);
    if (!context.mayDestroy) refuseDestruction(step, actions);
    if (actions.length > 0) {
      await takeAll(step, actions, context);
      let remaining = await planObservable(step, facts);
      // What has just been waited for may pass once more: a node that was restarted calls itself Ready by what it knew before.
      if (remaining.length > 0 && remaining.every(({ kind }) => kind === "check")) {
        await takeAll(step, remaining, context);
        remaining = await planObservable(step, facts);
      }
      refuseRemainder(step, remaining);
    }
    // Of the same look, where nothing has been done since.
    if (step.conclude) step.conclude(await step.observe(facts));
    ok = true;
  } finally {
    report({ event: "step-ended", ...event, ok, ms: performance.now() - started, actions: actions.length });
  }
  return actions.length;
}

/** Divides actions into those that may run at the same time. */
function batchesOf({ parallel = false }: Step, actions: readonly Action[]): readonly (readonly Action[])[] {
  const size = parallel === true ? Infinity : Number(parallel) || 1;
  return actions.length <= size
    ? [actions]
    : actions.flatMap((_, index) => (index % size === 0 ? [actions.slice(index, index + size)] : []));
}

async function plan(step: Step, facts: Facts): Promise<readonly Action[]> {
  const planned = step.plan(await step.observe(facts));
  if (planned instanceof Problem) throw planned;
  return planned;
}

/** Returns what is planned of what an observation can show to be done. */
async function planObservable(step: Step, facts: Facts): Promise<readonly Action[]> {
  return (await plan(step, facts)).filter(({ unobservable }) => !unobservable);
}

async function takeAll(step: Step, actions: readonly Action[], context: Context): Promise<void> {
  for (const batch of batchesOf(step, actions)) await takeTogether(step, batch, context);
}

async function take(step: Step, action: Action, { stage, report, facts }: Context): Promise<void> {
  const { signal } = facts;
  signal.throwIfAborted();
  const { on, kind, sentence } = action;
  const about = { stage, action: sentence, on };
  const event = { ...about, id: step.id, step: step.title, kind };
  const started = performance.now();
  let ok = false;
  report({ event: "action-started", ...event });
  try {
    await action.run({
      signal,
      facts,
      progress: (message, extent) => report({ event: "progress", ...about, message, ...extent }),
      note: (message) => report({ event: "note", stage, message }),
    });
    ok = true;
  } finally {
    if (!action.keepsFacts) facts.forget();
    report({ event: "action-ended", ...event, ok, ms: performance.now() - started });
  }
}

/** Waits for all, so that nothing goes on behind a failure. Throws the first failure, and reports the others as notes. */
async function takeTogether(step: Step, actions: readonly Action[], context: Context): Promise<void> {
  const outcomes = await Promise.allSettled(actions.map((action) => take(step, action, context)));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected" ? [{ reason: outcome.reason as unknown, action: actions[index]?.sentence }] : [],
  );
  const [first, ...others] = failures;
  if (first === undefined) return;
  // Interrupted, all of them fail, and none for a reason of its own.
  if (!context.facts.signal.aborted) {
    for (const { reason, action } of others) {
      const message = `${action} failed too: ${messageOf(reason)}`;
      context.report({ event: "note", stage: context.stage, message });
    }
  }
  throw first.reason;
}

/** Between the question and the answer, more may have come to be destroyed than a person has agreed to. */
function refuseDestruction({ title }: Step, actions: readonly Action[]): void {
  const destroyed = actions.flatMap(({ destroys }) => destroys ?? []);
  if (destroyed.length === 0) return;
  throw new Problem("LAB-PLN-001", title, `would destroy ${destroyed.join("; ")}, and nobody has agreed to that`, {
    remedy: "`npm run lab:plan` shows what is to be done; `npm run lab:up` asks, and with `-- --yes` it does not.",
  });
}

/** What is planned after a step's own actions is its failure. */
function refuseRemainder({ title }: Step, remaining: readonly Action[]): void {
  if (remaining.length === 0) return;
  const sentences = remaining.map(({ sentence }) => sentence).join("; ");
  throw new Problem("LAB-RUN-002", title, `was carried out, but this is still to be done: ${sentences}`, {
    remedy: "Run the command again; `npm run lab:plan` shows what is missing.",
  });
}
