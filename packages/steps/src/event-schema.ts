import type { ErrorId } from "@k3s-lab/problem";
import * as v from "valibot";

// The one source of what a run reports: the types in report.ts, and the JSON Schema of `--json`, are made from it.

const stage = v.pipe(
  v.string(),
  v.description("The stage that reports, `machines`; or the command, where no stage is at work."),
);
const ms = v.pipe(v.number(), v.description("Milliseconds."));
const isOk = v.pipe(v.boolean(), v.description("Whether it came to its end without a failure."));
const actions = v.pipe(v.number(), v.description("How many actions were carried out."));
const message = v.pipe(v.string(), v.description("A sentence for people; it may change."));
const step = {
  id: v.pipe(v.string(), v.description("The id of the step, which stays the same: `start-machines`.")),
  step: v.pipe(v.string(), v.description("The title of the step, for people.")),
};
const on = v.pipe(v.string(), v.description("What it is about: the name of a node, `host`, `cluster` or `registry`."));
const action = {
  ...step,
  action: v.pipe(v.string(), v.description("The sentence that `lab:plan` shows of the action.")),
  on,
  kind: v.pipe(
    v.picklist(["make", "change", "remove", "restart", "check"]),
    v.description("What is done to it; `check` changes nothing there: it asks, or waits."),
  ),
};

/** What is counted. */
export const unitSchema = v.picklist(["bytes", "files", "images", "layers", "modules", "packages", "percent"]);

const extent = {
  of: v.optional(
    v.pipe(v.string(), v.description("What is counted, where several things are at once: a file, a layer.")),
  ),
  done: v.optional(v.number()),
  total: v.optional(v.pipe(v.number(), v.description("Absent where the end is not known."))),
  unit: v.optional(unitSchema),
};

const command = v.pipe(
  v.string(),
  v.description("A program and its arguments as a line of a shell, without secrets, cut where it is very long."),
);

export const eventSchema = v.variant("event", [
  v.object({ event: v.literal("stage-started"), stage }),
  v.object({ event: v.literal("stage-ended"), stage, ok: isOk, ms, actions }),
  v.object({ event: v.literal("step-started"), stage, ...step }),
  v.object({ event: v.literal("step-ended"), stage, ...step, ok: isOk, ms, actions }),
  v.object({ event: v.literal("action-started"), stage, ...action }),
  v.object({ event: v.literal("action-ended"), stage, ...action, ok: isOk, ms }),
  v.object({
    event: v.literal("progress"),
    stage,
    action: v.optional(v.pipe(v.string(), v.description("The action that it is about."))),
    on: v.optional(on),
    message,
    ...extent,
  }),
  v.object({ event: v.literal("note"), stage, message }),
  v.pipe(
    v.object({ event: v.literal("plan"), stage, message }),
    v.description("Before the first action: what is about to be done, in a line."),
  ),
  v.object({
    event: v.literal("command-started"),
    stage,
    command,
    attended: v.optional(
      v.pipe(v.boolean(), v.description("Whether it has the terminal, and may ask a person for a password.")),
    ),
  }),
  v.object({
    event: v.literal("command-ended"),
    stage,
    command,
    attended: v.optional(v.boolean()),
    exitCode: v.optional(v.pipe(v.number(), v.description("Absent where a signal ended it, or it could not be run."))),
    ms,
  }),
  v.object({ event: v.literal("interrupting"), stage, message }),
  v.object({
    event: v.literal("problem"),
    stage,
    message,
    id: v.optional(
      v.pipe(
        // Later versions have further ids, which are no reason to refuse an event.
        v.pipe(v.string(), v.regex(/^LAB-[A-Z0-9]+-\d+$/)) as v.GenericSchema<string, ErrorId>,
        v.description("Absent for an interruption, and for an error that no one foresaw."),
      ),
    ),
    exitCode: v.pipe(v.number(), v.description("What the command ends with on account of it.")),
    log: v.optional(v.pipe(v.string(), v.description("The file with the log of the run."))),
  }),
]);
