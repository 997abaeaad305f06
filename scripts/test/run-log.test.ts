import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabState } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRunLog, type RunLog } from "../src/run-log.js";

const test = suite<{ dir: string; logs: string; state: LabState }>("scripts run-log");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-log-")));
  context.state = new LabState(join(context.dir, ".lab"));
  context.logs = join(context.dir, ".lab/logs");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** Begins a log where one can be written. */
function begin(...given: Parameters<typeof openRunLog>): RunLog {
  const log = openRunLog(...given);
  if (log === undefined) throw new Error("no log could be written");
  return log;
}

test("where no log can be written, the run does without", ({ dir }) => {
  writeFileSync(join(dir, "file"), "");
  assert.is(openRunLog({ state: new LabState(join(dir, "file")) }, "push"), undefined);
});

test("a log holds each line with its time at once, and nobody else may read it", ({ state, logs }) => {
  const log = begin({ state }, "lab:up", () => new Date("2026-11-30T12:00:00.123Z"));
  log.event({ event: "note", stage: "machines", message: "hm" });
  log.line("> what turbo prints");
  assert.is(log.file, join(logs, `20261130T120000Z-lab-up-${process.pid}.log`));
  assert.is(
    readFileSync(log.file, "utf8"),
    "2026-11-30T12:00:00.123Z machines      note: hm\n2026-11-30T12:00:00.123Z > what turbo prints\n",
  );
  assert.is(statSync(log.file).mode & 0o777, 0o600);
  log.close();
  // What is late is no reason to fail.
  log.line("late");
});

test("ten logs are kept, the newest ones", ({ state, logs }) => {
  begin({ state }, "lab:fetch").close();
  // As a version before has called it.
  writeFileSync(join(logs, "lab-up.log"), "");
  utimesSync(join(logs, "lab-up.log"), 1, 1);
  for (let n = 0; n < 11; n++) {
    const { file, close } = begin({ state }, "push", () => new Date(Date.UTC(2026, 0, 1, 0, n)));
    close();
    utimesSync(file, 1000 + n, 1000 + n);
  }
  const names = readdirSync(logs).toSorted();
  assert.is(names.length, 10, names.join());
  assert.not(names.includes("lab-up.log"));
  assert.ok(
    names.some((name) => name.includes("-lab-fetch-")),
    "the newest by its time",
  );
  assert.not(names.some((name) => name.startsWith("20260101T000000Z")));
});

test.run();
