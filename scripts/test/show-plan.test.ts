import { stripVTControlCharacters } from "node:util";
import { Problem } from "@k3s-lab/problem";
import type { PlannedAction } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { paintFor } from "@k3s-lab/steps";
import { countsOf, destroyedBy, headlineOf, headlineOfNew, renderPlan } from "../src/show-plan.js";
import { planned } from "./planned.js";

const test = suite("scripts show-plan");
const nodes = [
  { name: "multi", role: "server" },
  { name: "agent1", role: "agent" },
] as const;
const names = nodes.map(({ name }) => name);

const plan = (stages: Readonly<Record<string, readonly PlannedAction[]>>, fetch: readonly PlannedAction[] = []) => ({
  fetch: [{ stage: "cluster", actions: fetch }],
  stages: Object.entries(stages).map(([stage, actions]) => ({ stage, actions })),
  notes: [],
});

const removal = plan({
  machines: [
    planned("agent2", "remove", "agent2: remove the machine", {
      interrupts: "agent2's pods",
      destroys: "agent2's disk",
    }),
  ],
  cluster: [
    planned("agent1", "restart", "agent1: restart K3s, because its token has changed", { interrupts: "exec and logs" }),
    planned("agent2", "remove", "agent2: take the node out of the cluster", { interrupts: "agent2's pods" }),
    planned("cluster", "check", "wait until every node is Ready"),
  ],
});

test("shows what becomes of each thing, what that interrupts, and what it destroys", () => {
  assert.is(
    renderPlan(removal, nodes),
    `1 machine to remove, 1 node to restart K3s on; 4 actions
- removed  ↻ started  · checked

agent1 (agent)
  ↻ restart K3s, because its token has changed (interrupts exec and logs)

agent2 (not in lab.yaml)
  - remove the machine (interrupts agent2's pods) (destroys agent2's disk)
  - take the node out of the cluster (interrupts agent2's pods)

cluster
  · wait until every node is Ready

4 actions. Nothing was touched; \`npm run lab:up\` asks, and carries them out.`,
  );
});

test("conditions, notes and the obstacle are shown, and up need not ask where nothing is destroyed", () => {
  const made = plan({ machines: [planned("multi", "make", "multi: make", { provided: "if the address is free" })] });
  const obstacle = new Problem("LAB-MCH-014", "host", "lacks VBoxManage");
  const text = renderPlan({ ...made, notes: ["the disk is full"], obstacle }, nodes);
  for (const part of [
    "1 machine to make; 1 action\n",
    "\n  + make (if the address is free)\n",
    "\nNote: the disk is full\n",
    "\nlab:up would stop here: host: lacks VBoxManage. [LAB-MCH-014]\n",
    "`npm run lab:up` carries them out.",
  ]) {
    assert.ok(text.includes(part), `${part} in\n${text}`);
  }
});

test("what may have happened by itself by then is counted apart, and is no headline", () => {
  const provided = "if the cluster does not start with it";
  const starting = plan({
    machines: [planned("multi", "restart", "multi: start")],
    registry: [planned("registry", "make", "multi: apply Service kube-system/kube-registry", { provided })],
  });
  assert.is(headlineOf(starting, ["multi"]), "1 machine to start; 2 actions");
  assert.match(renderPlan(starting, nodes), "\n2 actions, 1 of them conditional. Nothing was touched;");
});

test("where the lab has to be made anew, the reason is told, even where nothing is left of it", () => {
  const replaces = new Problem("LAB-MCH-009", "lab.yaml", "machines.provider: is docker, and they were made with lxc");
  for (const each of [removal, plan({})]) {
    const text = renderPlan({ ...each, replaces }, nodes);
    assert.match(text, /2 machines to rebuild; \d actions?\nlab\.yaml: machines\.provider: is docker/);
    assert.match(text, "Then the lab is made from scratch");
  }
});

test("nothing to do is said so, after the notes", () => {
  assert.is(
    renderPlan({ ...plan({}), notes: ["news"] }, nodes),
    "Note: news\nNothing to do: the lab is as lab.yaml asks.",
  );
});

test("colours are for terminals, and change nothing else", () => {
  const paint = paintFor({ isTTY: true }, {});
  const coloured = renderPlan(removal, nodes, paint);
  assert.match(coloured, "\u001B[31m-\u001B[0m");
  assert.is(stripVTControlCharacters(coloured), renderPlan(removal, nodes));
  for (const [stream, env] of [
    [{ isTTY: false }, {}],
    [{ isTTY: true }, { NO_COLOR: "1" }],
    [{ isTTY: true }, { TERM: "dumb" }],
  ] as const) {
    assert.is(paintFor(stream, env)("red", "x"), "x");
  }
  assert.is(paintFor({ isTTY: true }, { NO_COLOR: "" })("red", "x"), "\u001B[31mx\u001B[0m");
});

for (const [headline, stages] of [
  ["nothing to do; 0 actions", {}],
  ["nothing to change; 1 action", { registry: [planned("agent1", "check", "agent1: pull")] }],
  [
    "1 machine to make; 2 actions",
    { machines: [planned("multi", "make", "multi: make"), planned("multi", "restart", "multi: start")] },
  ],
  ["1 node to start K3s on; 1 action", { cluster: [planned("multi", "restart", "multi: start the K3s server")] }],
  ["1 machine to start; 1 action", { machines: [planned("multi", "restart", "multi: start")] }],
  [
    "1 machine to restart; 2 actions",
    {
      machines: [planned("multi", "restart", "multi: stop it", { interrupts: "multi's pods" })],
      cluster: [planned("multi", "restart", "multi: start the K3s server")],
    },
  ],
  [
    "2 machines to make, the cluster and the registry to make, the host to change; 5 actions",
    {
      machines: names.map((name) => planned(name, "make", `${name}: make`)),
      cluster: [planned("cluster", "make", "make tokens")],
      registry: [planned("registry", "make", "multi: apply"), planned("host", "make", "host: put multi")],
    },
  ],
  ["1 node to take out of the cluster; 1 action", { cluster: [planned("x", "remove", "x: out", { interrupts: "p" })] }],
  [
    "1 node to change, the registry to change; 2 actions",
    {
      cluster: [planned("multi", "change", "multi: guard the node")],
      registry: [planned("registry", "change", "multi: apply")],
    },
  ],
] as const) {
  test(`headline: ${headline}`, () => {
    assert.is(headlineOf(plan(stages), names), headline);
  });
}

test("the headline counts the nodes that get another K3s, whatever else is changed on them", () => {
  const upgrade = (on: string, step: string): PlannedAction => ({
    ...planned(on, "restart", `${on}: upgrade K3s from v1.34.4+k3s1 to v1.34.5+k3s1`, { interrupts: `${on}'s pods` }),
    step,
  });
  const cluster = [
    planned("multi", "change", "multi: write config.yaml"),
    upgrade("multi", "upgrade-servers"),
    upgrade("agent1", "upgrade-agents"),
  ];
  assert.is(headlineOf(plan({ cluster }), names), "2 nodes to upgrade; 3 actions");
});

test("the headline tells what is fetched, and what a first up makes", () => {
  const fetch = [planned("host", "make", "host: fetch K3s")];
  assert.is(headlineOf(plan({}, fetch), names), "1 thing to fetch; 1 action");
  assert.is(headlineOfNew(names), "2 machines to make, with K3s and a registry on them");
});

test("what is destroyed, and how much of each kind there is, are told as data", () => {
  assert.equal(destroyedBy(removal), ["agent2's disk"]);
  assert.equal(countsOf(removal), { make: 0, change: 0, remove: 2, restart: 1, check: 1 });
});

test.run();
