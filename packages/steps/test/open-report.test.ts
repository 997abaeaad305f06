import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Event, jsonLine, openReport, type ReportKind, type Verbosity } from "../src/index.js";

const test = suite("steps open-report");

const about = {
  stage: "machines",
  id: "start-machines",
  step: "Start machines",
  action: "multi: start",
  on: "multi",
  kind: "change",
} as const;
const command = { stage: "machines", command: "lxc-start -n multi" } as const;
const events: readonly Event[] = [
  { event: "stage-started", stage: "machines" },
  { event: "action-started", ...about },
  { event: "command-started", ...command },
  { event: "command-ended", ...command, exitCode: 0, ms: 5 },
  { event: "action-ended", ...about, ok: true, ms: 10 },
  { event: "problem", stage: "machines", message: "multi: is broken.", exitCode: 1 },
];

/** What is written to both streams while these events are reported. */
async function shown(kind: ReportKind, verbosity: Verbosity, env: NodeJS.ProcessEnv = {}) {
  const written = { stdout: "", stderr: "" };
  const restore = (["stdout", "stderr"] as const).map((name) => {
    const { write } = process[name];
    process[name].write = (chunk: string | Uint8Array) => ((written[name] += String(chunk)), true);
    return () => void (process[name].write = write);
  });
  try {
    const { report, end } = await openReport(kind, { env, verbosity });
    for (const event of events) report(event);
    end();
  } finally {
    for (const each of restore) each();
  }
  return written;
}

test("plain lines go to standard error; commands only where they are asked for", async () => {
  assert.equal(await shown("plain", "usual"), { stdout: "", stderr: "machines: multi: start\nmulti: is broken.\n" });
  const { stderr } = await shown("plain", "verbose");
  assert.is(stderr, "machines: multi: start\nmachines: $ lxc-start -n multi\nmulti: is broken.\n");
});

test("quiet shows errors alone, on a terminal, too", async () => {
  for (const kind of ["plain", "pretty"] as const) {
    assert.equal(await shown(kind, "quiet"), { stdout: "", stderr: "multi: is broken.\n" });
  }
  const { stdout } = await shown("json", "quiet");
  assert.equal(
    stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Event).event),
    ["problem"],
  );
});

test("--json prints every event with its time, commands only where they are asked for", async () => {
  const kinds = async (verbosity: Verbosity) =>
    (await shown("json", verbosity)).stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Event).event);
  assert.equal(
    await kinds("verbose"),
    events.map(({ event }) => event),
  );
  assert.equal(
    await kinds("usual"),
    events.map(({ event }) => event).filter((kind) => !kind.startsWith("command-")),
  );
  const line = jsonLine({ event: "note", stage: "a", message: "b" }, new Date(0));
  assert.is(line, '{"event":"note","stage":"a","message":"b","time":"1970-01-01T00:00:00.000Z"}');
});

test("events are handed on whole, whatever the command will show", async () => {
  const { stdout } = await shown("events", "quiet");
  assert.is(stdout.trim().split("\n").length, events.length);
});

test("NO_COLOR takes the colour from a terminal, unless it is empty; the console of Linux has fewer signs", async () => {
  assert.not.match((await shown("pretty", "usual", { NO_COLOR: "1" })).stderr, "\u001B[31m");
  assert.match((await shown("pretty", "usual", { NO_COLOR: "" })).stderr, "\u001B[31m✘");
  const console = await shown("pretty", "usual", { TERM: "linux", NO_COLOR: "1" });
  assert.match(console.stderr, "x multi: is broken.");
});

test.run();
