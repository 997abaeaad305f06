import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run as runProgram } from "@k3s-lab/exec";
import { LabState } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Event } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Run, runReported } from "../src/run-reported.js";

const test = suite<{ state: LabState; logs: string }>("scripts run-reported");
const folders: string[] = [];

test.before.each((context) => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-run-")));
  folders.push(dir);
  context.state = new LabState(join(dir, ".lab"));
  context.logs = join(dir, ".lab/logs");
});
test.after(() => folders.forEach((dir) => rmSync(dir, { recursive: true })));

interface Given {
  readonly flags?: readonly string[];
  readonly json?: boolean;
  readonly signal?: AbortSignal;
}

/** Runs a body as `lab:up` would, and catches what it prints. */
async function reported(
  state: LabState,
  { flags = [], json = false, signal }: Given,
  body: (run: Run) => Promise<number | void>,
) {
  const written = { stdout: "", stderr: "" };
  const restore = (["stdout", "stderr"] as const).map((name) => {
    const { write } = process[name];
    process[name].write = (chunk: string | Uint8Array) => ((written[name] += String(chunk)), true);
    return () => void (process[name].write = write);
  });
  const kind = process.env.K3S_LAB_REPORT;
  process.env.K3S_LAB_REPORT = "plain";
  try {
    const invocation = {
      flag: (name: string) => flags.includes(name),
      signal: signal ?? new AbortController().signal,
      again: "npm run lab:up",
    };
    const exitCode = await runReported(invocation, { command: "lab:up", lab: { state }, json }, body);
    const events = json
      ? written.stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Event)
      : [];
    return { exitCode, events, ...written };
  } finally {
    for (const each of restore) each();
    if (kind === undefined) delete process.env.K3S_LAB_REPORT;
    else process.env.K3S_LAB_REPORT = kind;
  }
}

const step = { stage: "machines", id: "start-machines", step: "Start machines" } as const;

test("an error is reported with its exit code and the log of the run, which holds the programs that were started", async ({
  state,
  logs,
}) => {
  const { exitCode, stderr } = await reported(state, {}, async () => {
    await runProgram("true", ["--password=hunter2"], { secrets: ["hunter2"] });
    throw new Problem("LAB-HST-004", "host", "lacks programs");
  });
  assert.is(exitCode, 3);
  const [name = ""] = readdirSync(logs);
  assert.is(stderr, `host: lacks programs. [LAB-HST-004]\nThe log of this run is ${join(logs, name)}\n`);
  const log = readFileSync(join(logs, name), "utf8");
  assert.match(log, "lab:up        $ true '--password=[redacted]'");
  assert.match(log, "host: lacks programs.");
  assert.not.match(log, "hunter2");
});

test("--verbose shows the programs without their secrets, --quiet nothing but errors", async ({ state }) => {
  const body = async ({ report, conclude }: Run) => {
    report({ event: "note", stage: "machines", message: "hm" });
    await runProgram("true", ["--password=hunter2"], { secrets: ["hunter2"] });
    conclude("The lab is up.");
  };
  const verbose = await reported(state, { flags: ["verbose"] }, body);
  assert.is(verbose.stderr, "machines: hm\nlab:up: $ true '--password=[redacted]'\n");
  assert.is(verbose.stdout, "The lab is up.\n");
  const quiet = await reported(state, { flags: ["quiet"] }, body);
  assert.equal(quiet, { exitCode: 0, events: [], stdout: "", stderr: "" });
  const failing = await reported(state, { flags: ["quiet"] }, async () => {
    throw new Problem("LAB-RUN-001", "host", "is broken");
  });
  assert.match(failing.stderr, /^host: is broken\./);
});

test("the last words are a text for a person, and as JSON the event summary, or nothing", async ({ state }) => {
  const last = (summary?: object) => async (run: Run) => run.conclude("Done.", summary);
  assert.is((await reported(state, {}, last({ ms: 1 }))).stdout, "Done.\n");
  const [event] = (await reported(state, { json: true }, last({ ms: 1 }))).stdout.trim().split("\n");
  const { time, ...summary } = JSON.parse(event ?? "") as { readonly time: string };
  assert.equal(summary, { event: "summary", ms: 1 });
  assert.is(new Date(time).toISOString(), time);
  const silent = async (run: Run) => {
    run.report({ event: "note", stage: "machines", message: "hm" });
    run.conclude("Done.");
  };
  assert.equal(
    (await reported(state, { json: true }, silent)).events.map((each) => each.event),
    ["note"],
  );
});

test("an interruption tells where the run stopped and what continues from there", async ({ state }) => {
  const interruption = new AbortController();
  const { exitCode, stderr } = await reported(state, { signal: interruption.signal }, async ({ report }) => {
    report({ event: "step-started", ...step });
    interruption.abort();
    report({ event: "step-ended", ...step, ok: false, ms: 1, actions: 0 });
    report({ event: "problem", stage: "machines", message: "interrupted", exitCode: 130 });
    interruption.signal.throwIfAborted();
  });
  assert.is(exitCode, 130);
  assert.equal(stderr.trim().split("\n"), [
    "Interrupted: ending what was started. Ctrl-C once more ends at once.",
    'interrupted in machines, at "Start machines". `npm run lab:up` continues from there.',
  ]);
});

test("what came to its end in spite of an interruption is done", async ({ state }) => {
  const interruption = new AbortController();
  const { exitCode, stderr } = await reported(state, { signal: interruption.signal }, async () => interruption.abort());
  assert.is(exitCode, 0);
  assert.not.match(stderr, "continues from there");
});

test("with JSON the error is an event, too, and names the log", async ({ state, logs }) => {
  const { events, stderr } = await reported(state, { json: true }, async () => {
    throw new Problem("LAB-RUN-001", "host", "is broken");
  });
  assert.is(stderr, "");
  const [{ event = "", ...problem } = {}] = events as readonly Record<string, unknown>[];
  assert.is(event, "problem");
  assert.is(problem.id, "LAB-RUN-001");
  assert.is(problem.log, join(logs, readdirSync(logs)[0] ?? ""));
});

test.run();
