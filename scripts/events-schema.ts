// The JSON Schema of what commands print with --json, a line at a time: made of the schema that the events' types come from.
import { eventSchema } from "@k3s-lab/steps/event-schema";
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("When it was reported."));

const summary = v.looseObject({
  event: v.literal("summary"),
  nodes: v.array(v.looseObject({ name: v.string(), role: v.string(), address: v.string() })),
  k3s: v.looseObject({ version: v.string(), source: v.string(), sha256: v.string() }),
  registry: v.looseObject({ name: v.string(), endpoint: v.string() }),
  kubeconfig: v.pipe(v.string(), v.description("The path of the kubeconfig.")),
  stages: v.array(v.looseObject({ stage: v.string(), ms: v.number(), actions: v.number() })),
  ms: v.number(),
});

const stopped = v.object({ event: v.literal("summary"), name: v.string(), actions: v.number(), ms: v.number() });

const collected = v.object({
  event: v.literal("summary"),
  actions: v.number(),
  bytes: v.pipe(v.number(), v.description("How much room was made.")),
});

const guardStatus = v.looseObject({
  event: v.literal("status"),
  state: v.picklist(["absent", "guarding", "removing"]),
  nodes: v.array(v.looseObject({ name: v.string(), guarded: v.boolean(), faults: v.array(v.string()) })),
});

/** Renders the schema: checked in as events.schema.json. */
export function eventsJsonSchema(): string {
  const events = eventSchema.options.map((option) => v.object({ ...option.entries, time }));
  const summaries = [stopped, collected].map(({ entries }) => v.object({ ...entries, time }));
  const lines = [...events, v.looseObject({ ...summary.entries, time }), ...summaries, guardStatus];
  const schema = toJsonSchema(v.union(lines), { target: "draft-2020-12", errorMode: "ignore" });
  const description =
    "A line that `lab:up`, `lab:down`, `lab:start`, `lab:stop`, `lab:fetch`, `gc` and `guard` print with --json. `summary` is the " +
    "last line of a lab:up, lab:start, lab:stop or gc that succeeded, `status` of guard. Later versions add kinds and keys; those that are here keep their meaning.";
  return `${JSON.stringify({ title: "Events of k3s-lab", description, ...schema }, undefined, 2)}\n`;
}
