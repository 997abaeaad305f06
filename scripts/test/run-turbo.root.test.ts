import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import { messageOf } from "@k3s-lab/problem";
import type { Event } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRunLog } from "../src/run-log.js";
import { runTurbo } from "../src/run-turbo.js";

const test = suite<{ dir: string }>("scripts run-turbo");
const rootTest = process.getuid?.() === 0 ? test : test.skip;
if (process.getuid?.() !== 0) console.log("scripts run-turbo: skipped, needs root to hand files to another user");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-pipeline-")));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

rootTest(
  "a failure that no stage has reported shows the end of its output; its log is the caller's",
  async ({ dir }) => {
    const before = { ...process.env };
    // No shell stands above, as in a job of CI or cron: bash takes a socket for a login, and reads its file.
    const ran = join(dir, "bashrc-ran");
    writeFileSync(join(dir, ".bashrc"), `touch '${ran}'\n`);
    Object.assign(process.env, { SUDO_UID: "4711", SUDO_GID: "4711", HOME: dir, SHLVL: "0" });
    try {
      const lab = await openLab(join(dir, "lab.yaml"));
      const events: Event[] = [];
      const { signal } = new AbortController();
      const log = openRunLog(lab, "lab:none");
      const report = (event: Event) => void events.push(event);
      const { exitCode } = await runTurbo("lab:none", lab, { report, log }, signal);
      log?.close();
      assert.is(exitCode, 1);
      const problem = events.find((event) => event.event === "problem");
      assert.match(
        problem?.message ?? "",
        /^lab:none: ended with exit code 1\. The end of its output:\n.*Could not find task/s,
      );
      assert.match(readFileSync(log?.file ?? "", "utf8"), "Could not find task");
      for (const path of [join(dir, ".lab"), join(dir, ".lab/logs"), log?.file ?? ""])
        assert.is(statSync(path).uid, 4711, path);
      assert.not(existsSync(ran));
    } finally {
      process.env = before;
    }
  },
);

test("a host without bash is told so, with what installs it", async ({ dir }) => {
  const { PATH } = process.env;
  process.env.PATH = dir;
  try {
    const lab = await openLab(join(dir, "lab.yaml"));
    const { signal } = new AbortController();
    const refused = await runTurbo("lab:none", lab, { report: () => {}, log: undefined }, signal).catch(messageOf);
    assert.match(String(refused), /^host: lacks bash \(starts the stages\)\. .*\[LAB-HST-004\]$/);
  } finally {
    process.env.PATH = PATH;
  }
});

test.run();
