import { Meter } from "./meter.js";
import type { Event, EventOf } from "./report.js";
import { deedOf } from "./deed.js";

/** What a stage is doing, or has done last, on one machine. Times are milliseconds of one clock. */
export interface Task {
  /** The machine, or "host"; undefined where it is none of them. */
  readonly subject: string | undefined;
  text: string;
  readonly since: number;
  /** How long it took; undefined while it goes on. */
  took: number | undefined;
  /** What it reports beside its bars. */
  message: string | undefined;
  /** By what is counted. */
  readonly meters: Map<string, Meter>;
}

/** A stage that has begun and not ended. */
export interface StageOnBoard {
  readonly name: string;
  /** The title of the step that is open, and since when. */
  step: { readonly title: string; readonly since: number } | undefined;
  /** Milliseconds that its ended steps took. */
  worked: number;
  actions: number;
  /** What goes on, by the action. */
  readonly running: Map<string, Task>;
  /** The last thing that was done on each machine where nothing goes on. */
  readonly rested: Map<string, Task>;
  /** The machines in the order in which they were met first, so that they keep their places. */
  readonly subjects: Set<string>;
}

/** Holds what is going on in a run, for a picture of it. */
export class Board {
  /** By name, in the order in which they are shown. */
  readonly stages = new Map<string, StageOnBoard>();
  /** The names of stages in the order in which they are shown, whichever begins first. */
  readonly #order: readonly string[];

  constructor(order: readonly string[] = []) {
    this.#order = order;
  }

  /** Takes an event over. `now`: milliseconds. */
  update(event: Event, now: number): void {
    switch (event.event) {
      case "stage-started":
        this.#stage(event.stage);
        break;
      case "stage-ended":
        this.stages.delete(event.stage);
        break;
      case "step-started":
        this.#stage(event.stage).step = { title: event.step, since: now };
        break;
      case "step-ended": {
        const stage = this.#stage(event.stage);
        stage.worked += event.ms;
        stage.step = undefined;
        // Nothing of a step outlives it, whatever was reported.
        stage.running.clear();
        break;
      }
      case "action-started": {
        const stage = this.#stage(event.stage);
        const task = begun(event, now);
        stage.running.set(event.action, task);
        if (task.subject !== undefined) {
          stage.rested.delete(task.subject);
          stage.subjects.add(task.subject);
        }
        break;
      }
      case "action-ended":
        this.#rest(this.#stage(event.stage), event);
        break;
      case "progress":
        progressed(this.#stage(event.stage), event, now);
        break;
    }
  }

  #rest(stage: StageOnBoard, { action, ms }: EventOf<"action-ended">): void {
    stage.actions++;
    const task = stage.running.get(action);
    stage.running.delete(action);
    if (task?.subject === undefined) return;
    if ([...stage.running.values()].some(({ subject }) => subject === task.subject)) return;
    task.took = ms;
    stage.rested.set(task.subject, task);
  }

  #stage(name: string): StageOnBoard {
    const known = this.stages.get(name);
    if (known !== undefined) return known;
    const made: StageOnBoard = {
      name,
      step: undefined,
      worked: 0,
      actions: 0,
      running: new Map(),
      rested: new Map(),
      subjects: new Set(),
    };
    const place = (each: string) => (this.#order.includes(each) ? this.#order.indexOf(each) : Infinity);
    const later = [...this.stages].filter(([each]) => place(each) > place(name));
    for (const [each] of later) this.stages.delete(each);
    this.stages.set(name, made);
    for (const [each, stage] of later) this.stages.set(each, stage);
    return made;
  }
}

/** What a stage reports that has no action, such as a push. */
const withoutAction = "";

function begun({ action, on }: Pick<EventOf<"action-started">, "action" | "on">, now: number): Task {
  return {
    subject: on,
    text: deedOf({ sentence: action, on }),
    since: now,
    took: undefined,
    message: undefined,
    meters: new Map(),
  };
}

function progressed(stage: StageOnBoard, event: EventOf<"progress">, now: number): void {
  const { action = withoutAction, message, of = "", done, total, unit } = event;
  let task = stage.running.get(action);
  if (task === undefined) {
    task = { ...begun({ action: message, on: "" }, now), subject: undefined };
    stage.running.set(action, task);
  }
  if (done === undefined || unit === undefined) {
    task.message = message;
    if (action === withoutAction) task.text = message;
    return;
  }
  const extent = { of, done, total, unit };
  const meter = task.meters.get(of);
  if (meter === undefined) task.meters.set(of, new Meter(extent, now));
  else meter.update(extent, now);
}
