import { suite } from "uvu";
import * as assert from "uvu/assert";
import { logLine } from "../src/index.js";
import { readRecorded, composedUp } from "./recorded/read.js";

const test = suite("steps log-line");

test("a log has a line for every event, with what failed and how commands ended", () => {
  for (const { event } of readRecorded(composedUp)) assert.match(logLine(event), /^\S+ +\S/);
  const command = { stage: "machines", command: "lxc-start -n multi" } as const;
  assert.is(logLine({ event: "command-started", ...command }), "machines      $ lxc-start -n multi");
  assert.match(
    logLine({ event: "command-ended", ...command, exitCode: 3, ms: 100 }),
    "ended with 3 in 0.1 s: lxc-start",
  );
  const step = { stage: "cluster", id: "install-k3s", step: "Install K3s" } as const;
  assert.is(
    logLine({ event: "step-ended", ...step, ok: false, ms: 1500, actions: 2 }),
    "cluster       step install-k3s failed in 1.5 s, 2 actions",
  );
});

test.run();
