import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { registriesYaml } from "../src/registries-yaml.js";
import { Registry } from "../src/registry.js";
import { registryStage } from "../src/stage.js";
import { labIn } from "./lab.js";

const test = suite("registry stage");

test("K3s is told of the registry on every node, and which node alone needs its image", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-stage-"));
  const lab = await labIn(dir, "registry: { image: registry:2 }");
  rmSync(dir, { recursive: true });
  const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });
  assert.is(registryStage.contributes?.to, "cluster");
  assert.equal(registryStage.contributes?.parts(lab, { registry }), {
    files: [{ path: "/etc/rancher/k3s/registries.yaml", content: registriesYaml(registry) }],
    images: [{ image: "docker.io/library/registry:2", node: "multi" }],
  });
});

test.run();
