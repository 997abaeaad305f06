import { NotRunning } from "@k3s-lab/machines";
import { onOneOf } from "../src/on-one-of.js";
import { decideRegistry, Registry } from "../src/registry.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("registry on several servers");

const servers = ["multi", "server2", "server3"];
const shared = new Registry({ node: "multi", address: "10.76.0.14", port: 5000, servers });

test("it keeps its name, and is at the address that the servers share", () => {
  const nodes = servers.map((name) => ({ name, role: "server" as const }));
  const machines = servers.map((name, index) => ({ name, address: `10.76.0.${10 + index}` }));
  const found = decideRegistry(
    { nodes, registry: { port: 5000, tls: false, auth: "off" } } as never,
    machines,
    undefined,
    "10.76.0.14",
  );
  assert.equal(found, shared);
  assert.equal([found.name, found.endpoint], ["multi:5000", "http://10.76.0.14:5000"]);
  assert.equal([found.store, found.nodes], ["/var/lib/k3s-lab/registry", servers]);
});

test("what a server does that has its images is done by the first that runs", async () => {
  const asked: string[] = [];
  const seen = await onOneOf(shared, async (node) => {
    asked.push(node);
    if (node === "multi") throw new NotRunning(node, "stopped");
    return `by ${node}`;
  });
  assert.equal([seen, asked], ["by server2", ["multi", "server2"]]);
});

test("another failure is not hidden, and neither is that none runs", async () => {
  const asked: string[] = [];
  const failing = onOneOf(shared, async (node) => {
    asked.push(node);
    throw new Error("the disk is full");
  });
  assert.is(await failing.catch((error: Error) => error.message), "the disk is full");
  assert.equal(asked, ["multi"]);
  const none = onOneOf(shared, (node) => Promise.reject(new NotRunning(node, "absent")));
  assert.match((await none.catch((error: Error) => error)).message, "server3: is absent");
});

test.run();
