import { suite } from "uvu";
import * as assert from "uvu/assert";
import { movedServer } from "../src/fit.js";
import { disksIn } from "../src/manifest.js";

const test = suite("snapshots: fit");

const agent = { name: "agent1", role: "agent", address: "10.76.0.30" } as const;
const multi = { name: "multi", role: "server", address: "10.76.0.10" } as const;
const servers = [
  multi,
  { ...multi, name: "server2", address: "10.76.0.11" },
  { ...multi, name: "server3", address: "10.76.0.12" },
];

test("several servers keep their addresses, which etcd finds its members by; one server may get another", () => {
  const here = Object.fromEntries([...servers, agent].map(({ name, address }) => [name, address]));
  const snapshot = { name: "before", nodes: [...servers, agent] };
  assert.is(movedServer(snapshot, here), undefined);
  assert.is(movedServer(snapshot, { ...here, agent1: "10.77.0.30" }), undefined, "an agent may move");
  assert.match(
    movedServer(snapshot, { ...here, server2: "10.77.0.11" })?.message ?? "",
    /before: its server server2 had 10\.76\.0\.11, .*\[LAB-SNP-010\]/,
  );
  assert.is(movedServer({ name: "before", nodes: [multi, agent] }, { multi: "10.77.0.10" }), undefined);
});

test("the registry's folder of several servers is one more disk", () => {
  assert.equal(disksIn([...servers, agent]), ["multi", "server2", "server3", "agent1", "_registry"]);
  assert.equal(disksIn([multi, agent]), ["multi", "agent1"]);
});

test.run();
