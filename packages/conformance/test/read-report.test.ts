import { suite } from "uvu";
import * as assert from "uvu/assert";
import { firstLines, readReport } from "../src/read-report.js";
import { reportOf } from "./reports.js";

const test = suite("ginkgo's report");

test("specs have the name that the suite posts, their state, and why", () => {
  const { specs, fault } = readReport(
    reportOf([
      { name: ["[sig-node] Pods", "should run"], state: "passed" },
      { name: ["[sig-node] Pods", "should fail"], state: "timedout", message: "late\n" },
      { name: ["[sig-node] Pods", "needs more"], state: "skipped", message: "no SCTP" },
      { name: ["[sig-node] Pods", "was filtered out"], state: "skipped" },
      { name: ["[sig-node] Pods", "pending"], state: "pending" },
      { name: [""], state: "passed", type: "SynchronizedBeforeSuite" },
    ]),
  );
  assert.is(fault, undefined);
  assert.equal(specs, [
    { name: "[sig-node] Pods should run", state: "passed", seconds: 2 },
    { name: "[sig-node] Pods should fail", state: "failed", seconds: 2, message: "late" },
    { name: "[sig-node] Pods needs more", state: "skipped", seconds: 2, message: "no SCTP" },
  ]);
});

test("a suite that could not be set up has a fault, with its reason", () => {
  const report = reportOf([
    { name: [""], state: "failed", message: "nodes are\n not schedulable", type: "SynchronizedBeforeSuite" },
    { name: ["a"], state: "skipped" },
  ]);
  assert.is(readReport(report).fault, "SynchronizedBeforeSuite: nodes are not schedulable");
});

test("a suite that was interrupted has a fault", () => {
  const cut = [{ name: ["a", "b"], state: "interrupted", message: "x" }];
  assert.is(readReport(reportOf(cut, ["Interrupted by Timeout"])).fault, "Interrupted by Timeout");
  assert.is(readReport(reportOf(cut)).fault, "was interrupted in a b");
});

test("a message is told on one line, and cut", () => {
  assert.is(firstLines(" a\n\n  b "), "a b");
  assert.is(firstLines("abcdef", 3), "abc ...");
});

test.run();
