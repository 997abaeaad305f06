import { decideMachines } from "../src/decide-machines.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines decide");

const config = {
  nodes: [
    { name: "multi", role: "server" },
    { name: "agent1", role: "agent" },
  ],
} as unknown as Parameters<typeof decideMachines>[0]["config"];

const network = {
  lan: { kind: "private" as const, bridge: "lab0", subnet: "10.76.0.0/22" },
  gateway: "10.76.0.1",
  resolvers: ["192.0.2.53"],
  addresses: { multi: "10.76.0.10", agent1: "10.76.0.11" },
};

test("each node gets a machine with its address on the LAN", () => {
  const machines = decideMachines({ id: "0123ab", config }, network);
  assert.equal(
    machines.machines.map(({ name, role, address, prefixLength }) => [name, role, address, prefixLength]),
    [
      ["multi", "server", "10.76.0.10", 22],
      ["agent1", "agent", "10.76.0.11", 22],
    ],
  );
  assert.equal([machines.lan, machines.gateway, machines.resolvers], [network.lan, "10.76.0.1", ["192.0.2.53"]]);
});

test("a node that the network does not know is named", () => {
  const addresses = { multi: "10.76.0.10" };
  assert.throws(
    () => decideMachines({ id: "0123ab", config }, { ...network, addresses }),
    /^agent1: has no address in the lab's network\. Run `npm run lab:up`/,
  );
});

test.run();
