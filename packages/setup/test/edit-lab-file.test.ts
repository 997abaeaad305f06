import { parseConfig } from "@k3s-lab/lab/parse-config";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Answers, answersOf, editLabFile, explain, namedNodes, renderLabFile, withMode } from "../src/index.js";
import { defaults, facts } from "./sample.js";

const test = suite("setup edit-lab-file");

/** Changes some answers of a file. */
function edit(text: string, change: (answers: Answers) => Answers): string {
  const before = answersOf(parseConfig(text));
  const after = change(before);
  const explained = { before: explain(before, facts), after: explain(after, facts) };
  return editLabFile(text, after, explained, "lab.yaml");
}

const heading = { schema: "lab.schema.json", about: ["Made from Vagrantfile."] };
const fresh = renderLabFile(defaults, explain(defaults, facts), heading);

const own = [
  "# Ann's lab",
  "x-mine: &cidr 10.77.0.0/24",
  "name:   ann # hers",
  "",
  "nodes:",
  "- name: multi       # in the cellar",
  "  role: server",
  "  address: 10.77.0.10",
  "- { name: agent1 }  # first",
  "- { name: agent2 }  # second",
  "",
  "network: { subnet: *cidr }",
  "registry:",
  "  port: 5001",
  "",
].join("\n");

test("where nothing is answered otherwise, nothing changes", () => {
  for (const text of [own, fresh, "", "# nothing\n", "name: a"])
    assert.is(
      edit(text, (answers) => answers),
      text,
    );
});

test("another name of one agent changes that name alone", () => {
  const changed = edit(own, (answers) => ({
    ...answers,
    nodes: namedNodes(answers.nodes, "multi", ["agent1", "worker"]),
  }));
  assert.is(changed, own.replace("agent2", "worker"));
});

test("labels and taints stay, on a renamed node and on another LAN, too", () => {
  const plain = own.replace("x-mine: &cidr 10.77.0.0/24\n", "").replace("*cidr", "10.77.0.0/24");
  const labelled = plain.replace("agent2 }", "agent2, labels: { tier: db }, taints: [gpu:NoSchedule] }");
  const renamed = edit(labelled, (answers) => ({
    ...answers,
    nodes: namedNodes(answers.nodes, "multi", ["agent1", "worker"]),
  }));
  assert.is(renamed, labelled.replace("agent2", "worker"));
  const bridged = edit(labelled, (answers) => withMode(answers, "bridged"));
  assert.match(bridged, "{ name: agent2, labels: { tier: db }, taints: [gpu:NoSchedule] }");
});

test("a node is written with its labels and taints", () => {
  const labels = { tier: "db", "example.com/on": "true" };
  const nodes = [
    { ...(defaults.nodes[0] as (typeof defaults.nodes)[number]), labels, taints: ["gpu:PreferNoSchedule"] },
  ];
  const text = renderLabFile({ ...defaults, nodes }, {}, heading);
  assert.equal(parseConfig(text).nodes, nodes);
});

test("an agent more is a line more, and one less takes its line", () => {
  const names = (...agents: readonly string[]) =>
    edit(own, (answers) => ({ ...answers, nodes: namedNodes(answers.nodes, "multi", agents) }));
  assert.is(
    names("agent1", "agent2", "third"),
    own.replace("# second\n", "# second\n- { name: third, role: agent }\n"),
  );
  assert.is(names("agent2"), own.replace("- { name: agent1 }  # first\n", ""));
  assert.is(parseConfig(names()).nodes.length, 1);
});

test("other keys are written where they belong", () => {
  const changed = edit(own, (answers) => ({ ...answers, driver: "docker", version: "v1.33.1+k3s1" }));
  assert.is(
    changed,
    `${own}machines:\n  provider: docker # containers of Docker\ncluster:\n  version: v1.33.1+k3s1 # a release of K3s\n`,
  );
});

test("another mode takes the addresses and the networks of the former out", () => {
  const text = own.replace("{ subnet: *cidr }", "{ subnet: 10.77.0.0/24, uplink: eth0 }");
  const changed = edit(text, (answers) => withMode(answers, "bridged"));
  assert.not.match(changed, /address|uplink/);
  assert.match(changed, /^network: \{ subnet: auto, mode: bridged \}$/m);
  assert.is(parseConfig(changed).network.mode, "bridged");
});

test("virtual machines' settings go with them", () => {
  const text =
    "machines:\n  provider: vagrant\n  vagrant: { cpus: 4, memory: 2048 }\nnetwork: { mode: bridged } # LAN\n";
  assert.is(
    edit(text, (answers) => ({ ...answers, driver: "lxc" })),
    "machines:\n  provider: lxc\nnetwork: { mode: bridged } # LAN\n",
  );
});

test("the shown defaults of a file that only lab:init has written follow the answers", () => {
  const changed = edit(fresh, (answers) => withMode(answers, "bridged"));
  assert.match(changed, /^# Made from Vagrantfile\.$/m);
  assert.match(changed, /^ {2}# interface: auto/m);
  assert.not.match(changed, /uplink/);
  assert.is(
    edit(changed, () => defaults),
    fresh,
    "and back again",
  );
});

test("a file that lab:init has written and a person has changed keeps the change", () => {
  const mine = `${fresh}registry:\n  port: 5001 # mine\n`;
  const changed = edit(mine, (answers) => ({ ...answers, name: "x", nodes: namedNodes(answers.nodes, "cp", ["a"]) }));
  assert.match(changed, /^name: x # the lab, its cluster/m);
  assert.match(
    changed,
    /^nodes: # one server, or three.*\n {2}- \{ name: cp, role: server \}\n {2}- \{ name: a, role: agent \}\n\n/m,
  );
  assert.match(changed, / {2}port: 5001 # mine\n$/);
});

test("what cannot be changed is refused with what to write, and so is what the rest of the file forbids", () => {
  const aliased = "x-network: &n { mode: private }\nnetwork: *n\n";
  assert.throws(
    () => edit(aliased, (answers) => withMode(answers, "bridged")),
    /^lab\.yaml: is written in a way in which lab:init cannot write network\.mode: bridged\. Change it by hand.*\[LAB-INI-004\]$/,
  );
  const routed = "network: { routes: [{ interface: tun0, to: [10.50.0.0/16] }] }\n";
  assert.throws(
    () => edit(routed, (answers) => withMode(answers, "bridged")),
    /network\.routes: is used with mode: private only.*\[LAB-CFG-006\]$/,
  );
});

test.run();
