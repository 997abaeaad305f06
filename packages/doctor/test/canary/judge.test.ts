import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Attempt } from "../../src/canary/connect.js";
import type { Count } from "../../src/canary/counts.js";
import { judge, type SourceName } from "../../src/canary/judge.js";

const test = suite("doctor canary judge");

const node: SourceName = { name: "agent1", kind: "node" };
const pod: SourceName = { name: "agent1", kind: "pod" };
const refused: Attempt = { outcome: "refused" };
const count = (hook: Count["hook"], port: number, link = "tlcan0", packets = 1): Count => ({
  hook,
  link,
  port,
  packets,
});
const controlled = count("output", 9000);

/** The node's port is 9001, the pod's 9002. */
function judged(counts: readonly Count[], attempts: readonly Attempt[] = [refused, refused], control = refused) {
  const sources = [node, pod, { name: "agent2", kind: "pod" as const }];
  return judge({
    attempts: attempts.map((attempt, index) => ({ ...(sources[index] ?? node), ...attempt })),
    control,
    counts,
    vifs: ["tel0"],
  });
}

test("nothing counted is safe", () => {
  const { verdict, causes, sources, control } = judged([controlled]);
  assert.is(verdict, "safe");
  assert.equal(causes, []);
  assert.ok(control);
  assert.equal(
    sources.map((source) => source.verdict),
    ["safe", "safe"],
  );
});

test("packets that the host forwards into a VIF are a loop, and their port tells the source", () => {
  const { verdict, causes, sources } = judged([controlled, count("forward", 9001), count("forward", 9002)]);
  assert.is(verdict, "loops");
  assert.equal(causes, ["forwarded"]);
  assert.equal(
    sources.map(({ forward, output, links }) => ({ forward, output, links })),
    [1, 1].map((forward) => ({ forward, output: 0, links: ["tlcan0"] })),
  );
});

test("packets that a program of the host sends into a VIF are user-mode NAT, though the connection succeeded", () => {
  const { verdict, causes } = judged(
    [controlled, count("output", 9001), count("output", 9002)],
    [{ outcome: "open" }, { outcome: "open" }],
  );
  assert.is(verdict, "loops");
  assert.equal(causes, ["user-mode NAT"]);
});

test("a node whose own requests leave it, though its pods' do not, has a guard on forward only", () => {
  const { verdict, causes, sources } = judged([controlled, count("forward", 9001)]);
  assert.is(verdict, "loops");
  assert.equal(causes, ["forwarded", "forward-only guard"]);
  assert.is(sources[1]?.verdict, "safe");
});

test("a VIF that wins over the canary loops as well; another link does not", () => {
  assert.is(judged([controlled, count("forward", 9001, "tel0")]).verdict, "loops");
  const { verdict, sources } = judged([controlled, count("forward", 9001, "eth0")]);
  assert.is(verdict, "safe");
  assert.equal(sources[0]?.links, ["eth0"]);
});

test("a canary that no longer counts, or does not refuse, proves nothing, but what it has counted is valid", () => {
  for (const [counts, control] of [
    [[], refused],
    [[count("output", 9000, "lo")], refused],
    [[controlled], { outcome: "timed out" }],
    [[controlled], { outcome: "open" }],
    [[controlled], { outcome: "failed", why: "it has neither bash nor nc" }],
  ] as const) {
    const broken = judged(counts, undefined, control);
    assert.is(broken.verdict, "unproven");
    assert.not.ok(broken.control);
  }
  assert.is(judged([count("forward", 9001)]).verdict, "loops");
});

test("an attempt that was not made, or that a program answered, proves nothing", () => {
  for (const outcome of ["failed", "open"] as const) {
    assert.is(judged([controlled], [{ outcome }, refused]).verdict, "unproven", outcome);
  }
  for (const outcome of ["unreachable", "timed out"] as const) {
    assert.is(judged([controlled], [{ outcome }, refused]).verdict, "safe", outcome);
  }
});

test("a node without pods raises no doubt, but one pod must have been tried", () => {
  const { verdict, sources } = judged([controlled], [refused, refused, { outcome: "absent" }]);
  assert.is(verdict, "safe");
  assert.is(sources[2]?.verdict, "not tried");
  assert.is(judged([controlled], [refused, { outcome: "absent" }]).verdict, "unproven");
});

test("no source at all proves nothing", () => {
  assert.is(judged([controlled], []).verdict, "unproven");
});

test.run();
