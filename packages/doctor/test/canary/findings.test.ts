import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Problem } from "@k3s-lab/problem";
import type { Attempt } from "../../src/canary/connect.js";
import type { Count } from "../../src/canary/counts.js";
import { canaryFindings, notMade } from "../../src/canary/findings.js";
import { judge } from "../../src/canary/judge.js";

const test = suite("doctor canary findings");
const refused: Attempt = { outcome: "refused" };

/** Of a node (port 9001) and its pods (9002): "C1 error agent1: 1 packet forwarded". */
function found(
  counts: readonly Count[],
  attempts: readonly [Attempt, Attempt] = [refused, refused],
): readonly string[] {
  const [node, pod] = attempts;
  const judgement = judge({
    attempts: [
      { name: "agent1", kind: "node", ...node },
      { name: "agent1", kind: "pod", ...pod },
    ],
    control: refused,
    counts,
    vifs: [],
  });
  const findings = canaryFindings({ ...judgement, target: "10.43.1.0", milliseconds: 1 });
  return findings.map(({ rule: { id, severity }, subject, seen }) => `${id} ${severity} ${subject}: ${seen}`);
}
const count = (hook: Count["hook"], port: number, packets = 1): Count => ({ hook, link: "tlcan0", port, packets });
const control = count("output", 9000);

test("a safe lab has no finding", () => {
  assert.equal(found([control]), []);
});

test("each kind of loop has a finding of its own", () => {
  assert.equal(found([control, count("forward", 9001), count("forward", 9002, 2)]), [
    "C1 error agent1: 1 packet forwarded",
    "C1 error pods of agent1: 2 packets forwarded",
  ]);
  assert.equal(found([control, count("output", 9001), count("output", 9002)]), [
    "C2 error agent1: 1 packet sent by a program of the host",
    "C2 error pods of agent1: 1 packet sent by a program of the host",
  ]);
  assert.equal(found([control, count("forward", 9001)]), [
    "C1 error agent1: 1 packet forwarded",
    "C3 error agent1: a guard only on what is forwarded",
  ]);
});

test("a source without proof is a warning, with the reason; one that was not tried is a note", () => {
  const failed: Attempt = { outcome: "failed", why: "it has neither bash nor nc" };
  const absent: Attempt = { outcome: "absent", why: "it is stopped" };
  assert.equal(found([control], [failed, absent]), [
    "C4 warning agent1: it has neither bash nor nc",
    "C5 info pods of agent1: it is stopped",
  ]);
  assert.equal(found([control], [{ outcome: "open" }, refused]), [
    "C4 warning agent1: a program answers at 10.43.1.0, which no service has",
  ]);
});

test("a canary that did not count is reported once", () => {
  assert.equal(found([]), ["C4 warning host: it did not count or did not refuse"]);
});

test("what kept the experiment from being made is reported with its remedy", () => {
  const { rule, seen, remedy } = notMade(new Problem("LAB-HST-004", "host", "lacks nft", { remedy: "Install it." }));
  assert.equal([rule.id, rule.severity, seen, remedy], ["C4", "warning", "lacks nft", "Install it."]);
});

test.run();
