import { suite } from "uvu";
import * as assert from "uvu/assert";
import { examine } from "../src/examine.js";
import { renderReport } from "../src/render.js";
import { reportOf } from "../src/report.js";
import { rules } from "../src/rules/index.js";
import type { Survey } from "../src/survey/survey.js";
import { hostWith, survey } from "./fixtures/survey.js";

const test = suite("the report");

function report(seen: Survey) {
  return reportOf(seen, examine(seen, rules), { fixed: [], milliseconds: 412.6 });
}

test("nothing wrong", () => {
  const relay = { state: "running", ports: [20001], to: "10.76.0.14" } as const;
  const text = renderReport(report(survey({ relay })), { colour: false });
  assert.is(text, `Lab k3s-lab: nothing wrong; ${rules.length} rules checked in 0.4 s.`);
});

test("a finding: what, expected, seen, what to do and where it is explained", () => {
  const text = renderReport(report(survey({ host: hostWith({ forwarding: "0" }) })), { colour: false });
  assert.match(
    text,
    /^error R13 host: Packets are not forwarded\n {2}expected +net\.ipv4\.ip_forward = 1\n {2}seen +0\n/,
  );
  assert.match(
    text,
    /\n {2}do +Run `npm run doctor -- --fix`.*\n {2}see +packages\/host-network\/README\.md\n\nLab k3s-lab: 1 error;/,
  );
  assert.not.match(text, "\u001B");
});

test("what lab:up would do about a finding, a line for each action", () => {
  const hostPlan = { "make-lan": ["host: make bridge b", "host: give it 10.76.0.1/24"] };
  const text = renderReport(report(survey({ hostPlan })), { colour: false });
  const lines = text.slice(text.indexOf("  seen"), text.indexOf("  do"));
  const indent = " ".repeat(12);
  assert.is(
    lines,
    `  seen      still to be done:\n${indent}host: make bridge b\n${indent}host: give it 10.76.0.1/24\n`,
  );
});

test("what several nodes have in common is shown once, and counted for each", () => {
  const seen = report(survey({ host: hostWith({ forwarding: "0" }) }));
  const [finding] = seen.findings;
  assert.ok(finding);
  const on = (subject: string, value: string) => ({ ...finding, subject, seen: value });
  const findings = [on("multi", "0"), on("agent1", "2"), on("agent2", "0")];
  const text = renderReport({ ...seen, findings, counts: { ...seen.counts, error: 3 } }, { colour: false });
  assert.equal(text.match(/^error.*$/gm), [
    "error R13 multi, agent2: Packets are not forwarded",
    "error R13 agent1: Packets are not forwarded",
  ]);
  assert.match(text, /3 errors;/);
});

test("colours on a terminal", () => {
  const text = renderReport(report(survey({ host: hostWith({ forwarding: "0" }) })), { colour: true });
  assert.ok(text.startsWith("\u001B[31merror R13\u001B[0m host:"));
});

test("rules that were left out for the same reason share a line", () => {
  const { hostPlan: _, ...rest } = survey();
  const text = renderReport(report({ ...rest, unseen: { hostPlan: "reading it needs root" } }), { colour: false });
  assert.match(text, "not checked R5, R17, R18, R19: reading it needs root");
  assert.match(text, "4 not checked in 0.4 s");
});

test("no lab yet", () => {
  const { lab, host } = survey();
  const text = renderReport(report({ lab, host, unseen: {} }), { colour: false });
  assert.match(text, /^No lab yet \(k3s-lab\), the host alone: nothing wrong; \d rules checked/);
});

test("what Telepresence maps", () => {
  const connection = {
    connected: true,
    version: "2.20.2",
    context: "lab",
    subnets: ["10.43.0.0/16"],
    alsoProxy: [],
    neverProxy: [],
  };
  const text = renderReport(report(survey({ telepresence: [connection] })), { colour: false });
  assert.match(text, "Telepresence 2.20.2: connected to lab, maps 10.43.0.0/16");
});

test("one line for each result of the experiment", () => {
  const source = {
    name: "multi",
    outcome: "refused" as const,
    forward: 0,
    output: 0,
    links: [],
    verdict: "safe" as const,
  };
  const made = {
    causes: [],
    findings: [],
    milliseconds: 218,
    sources: [
      { ...source, kind: "node" as const },
      { ...source, kind: "pod" as const },
    ],
  };
  const line = (verdict: "safe" | "loops" | "unproven") => {
    const seen = survey();
    const options = { fixed: [], milliseconds: 1, canary: { ...made, verdict } };
    return renderReport(reportOf(seen, examine(seen, rules), options), { colour: false }).split("\n")[0];
  };
  assert.is(line("safe"), "No request loops, as an experiment has shown (from multi, a pod of multi; 0.2 s).");
  assert.is(line("loops"), "Requests loop, as an experiment has shown (0.2 s).");
  assert.is(line("unproven"), "Not proven by experiment that no request loops.");
});

test("the shape of the report with --json", () => {
  const json = report(survey({ host: hostWith({ forwarding: "0" }) }));
  assert.equal(Object.keys(json).toSorted(), [
    "checked",
    "counts",
    "findings",
    "fixed",
    "lab",
    "milliseconds",
    "ok",
    "telepresence",
    "unchecked",
  ]);
  assert.equal(json.lab, { name: "k3s-lab", id: "a1b2c3", state: "present" });
  assert.equal(json.counts, { error: 1, warning: 0, info: 0 });
  assert.is(json.ok, false);
  assert.is(json.milliseconds, 413);
  const { rule, severity, subject, repair } = json.findings[0] ?? {};
  assert.equal([rule, severity, subject, repair], ["R13", "error", "host", "host-network"]);
});

test.run();
