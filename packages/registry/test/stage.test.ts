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
  const values = {
    registry,
    cluster: { source: "modules", binary: { sha256: "ab" }, archives: [{ images: ["docker.io/library/registry:2"] }] },
  };
  const parts = await registryStage.contributes?.parts(lab, values, new AbortController().signal);
  const content = registriesYaml(registry, { mirrors: {}, configs: new Map() });
  assert.equal(
    parts?.files.map((file) => [file.path, file.mode, file.content, file.isReadAtStart]),
    [["/etc/rancher/k3s/registries.yaml", 0o600, content, true]],
  );
  assert.equal(parts?.images, [{ image: "docker.io/library/registry:2", node: "multi" }]);
  assert.equal(
    parts?.objects.map(({ path }) => path),
    [
      "/apis/apps/v1/namespaces/kube-system/deployments/kube-registry",
      "/api/v1/namespaces/kube-system/services/kube-registry",
      "/api/v1/namespaces/kube-public/configmaps/local-registry-hosting",
    ],
  );
  // Without its image the pod would fail at first.
  const unknown = { registry, cluster: { ...values.cluster, archives: [] } };
  assert.equal((await registryStage.contributes?.parts(lab, unknown, new AbortController().signal))?.objects, []);
});

test.run();
