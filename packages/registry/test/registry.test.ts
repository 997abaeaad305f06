import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readRegistry, registryRecord } from "../src/record.js";
import { describeRegistry } from "../src/host-setup.js";
import { decideRegistry, Registry } from "../src/registry.js";
import { labIn } from "./lab.js";

const test = suite("registry registry");

test("is decided, recorded, read and described", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-"));
  const lab = await labIn(dir, "registry: { port: 5001 }");
  assert.is(readRegistry(lab), undefined);
  const registry = decideRegistry(lab.config, [{ name: "multi", address: "10.76.0.10" }]);
  lab.state.write(registryRecord, registry);
  const { name, host, endpoint, node } = readRegistry(lab) ?? {};
  assert.equal(
    { name, host, endpoint, node },
    { name: "multi:5001", host: "10.76.0.10:5001", endpoint: "http://10.76.0.10:5001", node: "multi" },
  );
  assert.is(describeRegistry(registry, lab).trusted, undefined);
  assert.is(
    describeRegistry(registry, lab).insecureRegistry,
    '"insecure-registries": ["multi:5001", "10.76.0.10:5001"]',
  );
  rmSync(dir, { recursive: true });
});

test("one that is published is reached on this host, and by nodes at its own address", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-"));
  const lab = await labIn(dir);
  const registry = decideRegistry(lab.config, [{ name: "multi", address: "10.76.0.10" }], 41873);
  lab.state.write(registryRecord, registry);
  const { host, endpoint, nodesEndpoint } = readRegistry(lab) ?? {};
  rmSync(dir, { recursive: true });
  assert.equal(
    [host, endpoint, nodesEndpoint],
    ["localhost:41873", "http://127.0.0.1:41873", "http://10.76.0.10:5000"],
  );
  assert.is(describeRegistry(registry, lab).trusted, "localhost:41873");
});

test("a server without a machine is refused", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-"));
  const { config } = await labIn(dir);
  rmSync(dir, { recursive: true });
  assert.throws(
    () => decideRegistry(config, [{ name: "agent1", address: "10.76.0.11" }]),
    ({ message }: Error) =>
      message ===
      "multi: has no machine, expected the server to have one. Run `npm run lab:up`, which runs every stage. [LAB-REG-011]",
  );
});

test("what the version before this one recorded is understood", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-"));
  const lab = await labIn(dir);
  const recorded = { schema: 1, name: "multi:5001", endpoint: "http://10.76.0.10:5001", node: "multi" };
  lab.state.writeText("registry", JSON.stringify(recorded));
  assert.equal(readRegistry(lab), new Registry({ node: "multi", address: "10.76.0.10", port: 5001 }));
  lab.state.writeText("registry", JSON.stringify({ ...recorded, endpoint: "nonsense" }));
  assert.throws(() => readRegistry(lab), /registry\.json: has schema 1, expected 3\..*\[LAB-CFG-010\]$/);
  rmSync(dir, { recursive: true });
});

test.run();
