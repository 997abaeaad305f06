import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage } from "../src/check-image.js";
import { Registry } from "../src/registry.js";
import { registrySteps } from "../src/steps.js";
import { silentApi } from "./fake-api.js";
import { FakeNodes } from "./fake-nodes.js";
import { labIn } from "./lab.js";

const test = suite<{ dir: string }>("registry steps");
const registry = new Registry({ node: "multi", address: "127.0.0.1", port: 1 });

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-steps-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("where there is nothing yet, all that will be done is foreseen", async ({ dir }) => {
  const lab = await labIn(dir);
  const hosts = { file: join(dir, "hosts"), dir };
  writeFileSync(hosts.file, "");
  const world = { api: silentApi, nodes: new FakeNodes(() => 1), archive: "/cache/r.tar", hosts };
  const reference = `multi:1/k3s-lab/check:${checkImage("multi:1").tag}`;
  assert.equal(await sentencesOf(registrySteps(lab, registry, world)), [
    "multi: import docker.io/library/registry:3.1.2",
    "multi: apply Deployment kube-system/kube-registry, Service kube-system/kube-registry",
    "multi: wait until http://127.0.0.1:1/v2/ answers",
    "multi: apply ConfigMap kube-public/local-registry-hosting",
    "host: put 127.0.0.1 multi into the hosts file",
    `host: push ${reference}`,
    `multi: pull ${reference}`,
    `agent1: pull ${reference}`,
    `agent2: pull ${reference}`,
  ]);
});

test("without an archive nothing is handed over", async ({ dir }) => {
  const lab = await labIn(dir);
  const hosts = { file: join(dir, "hosts"), dir };
  const steps = registrySteps(lab, registry, { api: silentApi, nodes: new FakeNodes(() => 1), hosts });
  assert.not((await sentencesOf(steps)).some((sentence) => sentence.includes("import")));
});

test.run();
