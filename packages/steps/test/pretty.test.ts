import { stripVTControlCharacters } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Event } from "../src/index.js";
import { prettyReporter } from "../src/pretty.js";
import { readRecorded, recordedUp } from "./recorded/read.js";

const test = suite("steps pretty");

function listen(options: { readonly showsCommands?: boolean } = {}) {
  let written = "";
  const tty = { columns: 80, rows: 24, write: (text: string) => void (written += text) };
  const reporter = prettyReporter(tty, { colour: false, unicode: true, ...options });
  return { reporter, raw: () => written, text: () => stripVTControlCharacters(written) };
}

const step = { stage: "machines", id: "start-machines", step: "Start machines" } as const;
const action = { ...step, action: "multi: start", on: "multi", kind: "change" } as const;
const failing: readonly Event[] = [
  { event: "step-started", ...step },
  { event: "action-started", ...action },
  { event: "action-ended", ...action, ok: false, ms: 1234 },
  { event: "stage-ended", stage: "machines", ok: false, ms: 1300, actions: 0 },
];

test("stages fold to a line, and what failed stays", () => {
  const { reporter, text } = listen();
  for (const event of failing) reporter.report(event);
  reporter.end();
  assert.match(text(), /^✘ machines {6}multi: start 1\.2 s$/m);
  assert.match(text(), /^✘ machines {6}failed 1\.3 s$/m);
});

test("what an interruption ends has not failed", () => {
  const { reporter, text } = listen();
  const [first, second, ...others] = failing;
  for (const event of [first, second]) if (event) reporter.report(event);
  reporter.report({ event: "interrupting", stage: "lab:up", message: "Interrupted: ending what was started." });
  for (const event of others) reporter.report(event);
  reporter.end();
  assert.not.match(text(), "✘ machines      multi: start");
  assert.match(text(), /^! Interrupted: ending what was started\.$/m);
  assert.match(text(), /^✘ machines {6}interrupted 1\.3 s$/m);
});

test("what ends because another stage has failed has not failed itself", () => {
  const { reporter, text } = listen();
  const [started, begun, ...ended] = failing;
  for (const event of [started, begun]) if (event) reporter.report(event);
  reporter.report({ event: "problem", stage: "cluster", message: "multi: is broken.", exitCode: 1 });
  for (const event of ended) reporter.report(event);
  reporter.report({ event: "stage-ended", stage: "cluster", ok: false, ms: 1400, actions: 0 });
  reporter.end();
  assert.not.match(text(), "multi: start");
  assert.match(text(), /^✘ machines {6}interrupted 1\.3 s$/m);
  assert.match(text(), /^✘ cluster {7}failed 1\.4 s$/m);
});

test("a program that may ask for a password has the terminal for itself", () => {
  const { reporter, raw } = listen();
  const command = { stage: "machines", command: "sudo true", attended: true } as const;
  reporter.report({ event: "step-started", ...step });
  reporter.report({ event: "command-started", ...command });
  const before = raw();
  assert.ok(before.endsWith("\u001B[J"), "what was drawn is taken away");
  reporter.report({ event: "note", stage: "machines", message: "late" });
  reporter.report({ event: "problem", stage: "machines", message: "no", exitCode: 1 });
  assert.is(raw(), before);
  reporter.report({ event: "command-ended", ...command, exitCode: 0, ms: 1 });
  reporter.end();
  assert.match(raw(), "late");
});

test("a long sentence breaks between words, and goes on under itself", () => {
  const { reporter, text } = listen();
  const message =
    "no server that nodes can ask knows registry-1.docker.io or github.com: 192.168.77.1 answers NXDOMAIN. Another may.";
  reporter.report({ event: "note", stage: "machines", message });
  reporter.report({
    event: "problem",
    stage: "lab:up",
    message: `lab.yaml: ${message}`,
    exitCode: 2,
    log: "/w/.lab/x.log",
  });
  reporter.end();
  assert.equal(
    text()
      .split("\n")
      .map((line) => line.replaceAll("\r", ""))
      .filter((line) => line !== ""),
    [
      "! machines      no server that nodes can ask knows registry-1.docker.io or",
      "                github.com: 192.168.77.1 answers NXDOMAIN. Another may.",
      "✘ lab.yaml: no server that nodes can ask knows registry-1.docker.io or",
      "  github.com: 192.168.77.1 answers NXDOMAIN. Another may.",
      "  The log of this run is /w/.lab/x.log",
    ],
  );
});

test("a result is written on lines of its own", () => {
  const { reporter, raw } = listen();
  const results: string[] = [];
  reporter.report({ event: "step-started", ...step });
  reporter.print("multi:5000/hello:1", { write: (text) => results.push(text) });
  assert.equal(results, ["multi:5000/hello:1\n"]);
  assert.ok(raw().endsWith("\r\u001B[1A\u001B[J"));
  reporter.end();
});

test("commands stay where they are asked for", () => {
  const command: Event = { event: "command-started", stage: "machines", command: "lxc-start -n multi" };
  for (const showsCommands of [true, false]) {
    const { reporter, text } = listen({ showsCommands });
    reporter.report(command);
    reporter.end();
    assert.is(/^\$ machines {6}lxc-start -n multi$/m.test(text()), showsCommands);
  }
});

test("ten thousand events take less than half a second of the processor", () => {
  const { reporter } = listen();
  const recorded = readRecorded(recordedUp);
  const { user, system } = process.cpuUsage();
  for (let n = 0; n < 10_000; n++) {
    const event = recorded[n % recorded.length]?.event;
    if (event) reporter.report(event);
  }
  reporter.end();
  const spent = process.cpuUsage({ user, system });
  const milliseconds = (spent.user + spent.system) / 1000;
  assert.ok(milliseconds < 500, `${milliseconds} ms`);
});

test.run();
