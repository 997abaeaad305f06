import type * as v from "valibot";
import type { eventSchema, unitSchema } from "./event-schema.js";

/** What a run reports while it goes on; one JSON object a line with `--json`. Times are milliseconds. */
export type Event = Readonly<v.InferOutput<typeof eventSchema>>;

export type Report = (event: Event) => void;

/** An event of one kind: EventOf<"progress">. */
export type EventOf<Kind extends Event["event"]> = Extract<Event, { readonly event: Kind }>;

/** What can be counted while it is done. */
export type Unit = v.InferOutput<typeof unitSchema>;

/** How far something has come that has an end. */
export interface Extent {
  /** What is counted, where several things are at the same time: a file, a layer. */
  readonly of?: string | undefined;
  readonly done: number;
  /** Absent where the end is not known. */
  readonly total?: number | undefined;
  readonly unit: Unit;
}

/** Tells people how far work has come: a sentence, and the numbers in it for a bar. */
export type Progress = (message: string, extent?: Extent) => void;
