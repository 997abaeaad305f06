import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderSummary, type Summary } from "../src/summarize-lab.js";

const test = suite("scripts summarize-lab");

const summary: Summary = {
  nodes: [{ name: "multi", role: "server", address: "10.76.0.10" }],
  k3s: { version: "v1.34.4+k3s1", source: "release", sha256: "0" },
  registry: { name: "multi:5000", endpoint: "http://10.76.0.10:5000" },
  kubeconfig: "/w/.lab/kubeconfig",
  stages: [],
  ms: 1234,
};
const headline = (part: Partial<Summary>) => renderSummary({ ...summary, ...part }).split("\n")[1] ?? "";

test("the first line counts what was done", () => {
  assert.is(headline({}), "The lab is up: 1 node Ready, registry verified (nothing had to be done, 1.2 s).");
  const stage = { stage: "cluster", actions: 1, ms: 1000 };
  assert.match(headline({ stages: [stage] }), "(1 action, 1.2 s)");
  assert.match(headline({ stages: [stage, { ...stage, actions: 4 }] }), "(5 actions, 1.2 s)");
});

test.run();
