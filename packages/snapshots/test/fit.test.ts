import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isMoved } from "../src/fit.js";
import { disksIn } from "../src/manifest.js";

const test = suite("snapshots: fit");

const agent = { name: "agent1", role: "agent", address: "10.76.0.30" } as const;
const multi = { name: "multi", role: "server", address: "10.76.0.10" } as const;
const servers = [
  multi,
  { ...multi, name: "server2", address: "10.76.0.11" },
  { ...multi, name: "server3", address: "10.76.0.12" },
];

test("several servers are moved where one of them gets another address; an only one may get any", () => {
  const here = Object.fromEntries([...servers, agent].map(({ name, address }) => [name, address]));
  const snapshot = { nodes: [...servers, agent] };
  assert.is(isMoved(snapshot, here), false);
  assert.is(isMoved(snapshot, { ...here, agent1: "10.77.0.30" }), false, "an agent has no store");
  assert.is(isMoved(snapshot, { ...here, server2: "10.77.0.11" }), true);
  assert.is(isMoved({ nodes: [multi, agent] }, { multi: "10.77.0.10" }), false);
});

test("the registry's folder of several servers is one more disk", () => {
  assert.equal(disksIn([...servers, agent]), ["multi", "server2", "server3", "agent1", "_registry"]);
  assert.equal(disksIn([multi, agent]), ["multi", "agent1"]);
});

test.run();
