import { parseConfig } from "../src/parse-config.js";
import { Problem } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab parse-config");

function refusal(text: string): Problem {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

test("an empty file is the seed's lab", () => {
  const config = parseConfig("");
  assert.equal(
    config.nodes.map((node) => `${node.name} ${node.role}`),
    ["multi server", "agent1 agent", "agent2 agent"],
  );
  assert.is(config.network.mode, "private");
  assert.is(config.cluster.source, "auto");
  assert.is(config.registry.port, 5000);
});

test("all errors come at once, each with line and column", () => {
  const problem = refusal(
    "colour: red\nnetwork:\n  subnet: 10.0.0.0/99\nnodes:\n  - name: Bad_Name\n    role: server\n",
  );
  assert.is(problem.exitCode, 2);
  assert.match(problem.message, "lab.yaml:1:9: unknown key colour");
  assert.match(problem.message, "lab.yaml:3:11: network.subnet: ");
  assert.match(problem.message, "lab.yaml:5:11: nodes.0.name: must be a DNS label");
});

test("broken YAML is placed", () => {
  assert.match(refusal("nodes: [\n").message, /lab\.yaml:\d+:\d+: /);
});

test("names and addresses taken twice are refused", () => {
  const text = `
network: { subnet: 10.9.0.0/24 }
nodes:
  - { name: multi, role: server, address: 10.9.0.5 }
  - { name: multi, address: 10.9.0.5 }
`;
  const { message } = refusal(text);
  assert.match(message, "lab.yaml:5:13: nodes.1.name: multi is taken by nodes.0");
  assert.match(message, "nodes.1.address: 10.9.0.5 is taken by nodes.0");
});

test("addresses outside the subnet and overlapping networks are refused", () => {
  const text = `
network: { subnet: 10.9.0.0/24 }
cluster: { podCidr: 10.42.0.0/16, serviceCidr: 10.42.128.0/17 }
nodes: [{ name: multi, role: server, address: 10.8.0.5 }]
`;
  const { message } = refusal(text);
  assert.match(message, "nodes.0.address: 10.8.0.5 is outside network.subnet 10.9.0.0/24");
  assert.match(message, "cluster.serviceCidr: 10.42.128.0/17 overlaps cluster.podCidr 10.42.0.0/16");
});

test("exactly one server", () => {
  assert.match(refusal("nodes: [{ name: a }, { name: b }]").message, "exactly one node must have role: server, seen 0");
});

test("a directory source needs its directory", () => {
  assert.match(refusal("cluster: { source: directory }").message, "cluster.directory: is missing");
});

test.run();
