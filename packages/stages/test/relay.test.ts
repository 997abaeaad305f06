import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { type Lab, openLab } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clearMarks, markEnded, prepareMarks, untilEnded } from "../src/relay.js";

const test = suite<{ dir: string; lab: Lab }>("stages relay");

test.before.each(async (context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-relay-"));
  writeFileSync(join(context.dir, "lab.yaml"), "");
  context.lab = await openLab(join(context.dir, "lab.yaml"));
  prepareMarks(context.lab);
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const before = { name: "machines" };
const never = new AbortController().signal;

test("a stage goes on as soon as the one before it has ended, and not before", async ({ lab }) => {
  let isOn = false;
  const waiting = untilEnded(before, lab, never).then(() => (isOn = true));
  markEnded({ name: "cluster" }, lab);
  await delay(50);
  assert.not.ok(isOn);
  markEnded(before, lab);
  await waiting;
  // One that comes late finds the mark.
  await untilEnded(before, lab, never);
});

test("the first stage waits for none", ({ lab }) => untilEnded(undefined, lab, never));

test("an interrupted stage waits no longer", async ({ lab }) => {
  const controller = new AbortController();
  const waiting = untilEnded(before, lab, controller.signal).catch((error: unknown) => error);
  controller.abort(new Error("interrupted"));
  assert.is(((await waiting) as Error).message, "interrupted");
  await untilEnded(before, lab, controller.signal).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, "interrupted"),
  );
});

test("where the host cannot watch one more folder, the mark is found all the same", async ({ dir, lab }) => {
  const program = `
    import { openLab } from "@k3s-lab/lab";
    import { untilEnded } from "./src/relay.ts";
    const lab = await openLab(process.argv[1]);
    const waiting = untilEnded({ name: "machines" }, lab, new AbortController().signal);
    console.log("waits");
    await waiting;
    console.log("goes on");`;
  // What Node throws where fs.inotify.max_user_instances is reached.
  const watchless = `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
    fs.watch = () => { throw Object.assign(new Error("EMFILE: too many open files, watch"), { code: "EMFILE" }); };
    syncBuiltinESMExports();`;
  const url = `data:text/javascript,${encodeURIComponent(watchless)}`;
  const args = ["--import", "tsx", "--import", url, "--input-type=module", "-e", program, join(dir, "lab.yaml")];
  const running = run(process.execPath, args, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    timeout: 30_000,
    onLine: (line) => {
      if (line === "waits") markEnded(before, lab);
    },
  });
  assert.match((await running).stdout, "goes on");
});

test("the marks of an earlier run do not count", async ({ lab }) => {
  markEnded(before, lab);
  prepareMarks(lab);
  const controller = new AbortController();
  const waiting = untilEnded(before, lab, controller.signal).catch(() => "waited");
  controller.abort();
  assert.is(await waiting, "waited");
  clearMarks(lab);
  assert.not.ok(lab.state.exists("run"));
});

test.run();
