import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decideRegistry } from "../src/index.js";
import { registryRecord } from "../src/record.js";
import { describeRegistry, endpointHost, readRegistry } from "../src/registry.js";
import { labIn } from "./lab.js";

const test = suite("registry registry");

test("is decided, recorded, read and described", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-"));
  const lab = await labIn(dir, "registry: { port: 5001 }");
  assert.is(readRegistry(lab), undefined);
  const registry = decideRegistry(lab.config, [{ name: "multi", address: "10.76.0.10" }]);
  lab.state.write(registryRecord, registry);
  const { name, endpoint, node } = readRegistry(lab) ?? {};
  assert.equal({ name, endpoint, node }, { name: "multi:5001", endpoint: "http://10.76.0.10:5001", node: "multi" });
  assert.is(endpointHost(registry), "10.76.0.10:5001");
  assert.is(describeRegistry(registry).insecureRegistry, '"insecure-registries": ["multi:5001", "10.76.0.10:5001"]');
  rmSync(dir, { recursive: true });
});

test.run();
