import { suite } from "uvu";
import * as assert from "uvu/assert";
import { examine, withCanary } from "../src/examine.js";
import { type Rule, rule, type RuleData } from "../src/rule.js";
import { rules } from "../src/rules/index.js";
import { survey } from "./fixtures/survey.js";

const test = suite("examine");

const wrong = { subject: "host", expected: "a", seen: "b" };
function made(id: string, severity: Rule["severity"], reads: Rule["reads"] = []): Rule {
  const data = { id, severity, title: id, why: "w", remedy: "r", link: "l" };
  return rule({ ...data, reads, check: () => [wrong] });
}

test("the most severe finding comes first, with its rule", () => {
  const grave = made("B", "error");
  const { findings, checked } = examine(survey(), [made("A", "info"), grave, made("C", "warning")]);
  assert.equal(
    findings.map(({ rule: { id } }) => id),
    ["B", "C", "A"],
  );
  assert.equal(findings[0], { rule: grave, ...wrong });
  assert.is(checked, 3);
});

test("a part that could not be read is reported, and one that does not exist concerns no rule", () => {
  const { nodes: _, telepresence: __, ...rest } = survey();
  const unseen = { ...rest, unseen: { nodes: "looking into the nodes needs root" } };
  const seen = examine(unseen, [made("A", "error", ["nodes"]), made("B", "error", ["telepresence"])]);
  assert.equal(seen.findings, []);
  assert.equal(seen.unchecked, [{ rule: "A", title: "A", why: "looking into the nodes needs root" }]);
  assert.is(seen.checked, 0);
});

test("what was seen in part is checked in part, and both are reported", () => {
  const partly = { ...survey(), unseen: { nodes: "agent1 could not be entered" } };
  const seen = examine(partly, [made("A", "error", ["nodes"])]);
  assert.is(seen.findings.length, 1);
  assert.is(seen.unchecked.length, 1);
});

test("the experiment's findings are ranked among all others; the reason why it was not made is reported", () => {
  const diagnosis = examine(survey(), [made("A", "warning"), made("B", "info")]);
  const c1: RuleData = { id: "C1", title: "t", severity: "error", remedy: "r", link: "l" };
  assert.equal(
    withCanary(diagnosis, { findings: [{ rule: c1, ...wrong }] }).findings.map(({ rule: { id } }) => id),
    ["C1", "A", "B"],
  );
  const [left] = withCanary(diagnosis, "--no-probe leaves it out").unchecked;
  assert.equal(left, { rule: "canary", title: "Requests loop", why: "--no-probe leaves it out" });
});

test("rules are numbered without a gap, R1 to R12 first", () => {
  const numbers = rules.map(({ id }) => Number(id.replace("R", "")));
  assert.equal(
    numbers.toSorted((a, b) => a - b),
    rules.map((_, index) => index + 1),
  );
  assert.equal(numbers.slice(0, 12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test.run();
