import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCidr } from "@k3s-lab/ip";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cacheSteps, type CacheValues } from "../src/cache-steps.js";
import { Registry } from "../src/registry.js";
import { FakeApi } from "./fake-api.js";
import { FakeNodes } from "./fake-nodes.js";
import { labIn } from "./lab.js";

const test = suite<{ dir: string }>("registry cache-steps");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-caches-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const values = {
  hostNetwork: { lan: { kind: "private", bridge: "lab0", subnet: parseCidr("10.76.0.0/22") } },
  machines: {},
  cluster: {
    source: "modules",
    binary: { sha256: "ab" },
    archives: [{ images: ["docker.io/library/registry:3.1.2"] }],
    serviceCidr: parseCidr("10.43.0.0/16"),
    podCidr: parseCidr("10.42.0.0/16"),
    serverNode: "multi",
  },
  registry: new Registry({ node: "multi", address: "10.76.0.10", port: 5000 }),
} as unknown as CacheValues;

test("caches are deployed and waited for, follow lab.yaml, and are removed where none is asked for", async ({
  dir,
}) => {
  const api = new FakeApi();
  const world = { api: () => api, nodes: new FakeNodes(() => 0) };
  const read = { configs: new Map(), files: [] };
  const stepsFor = async (yaml: string) => cacheSteps(await labIn(dir, yaml), values, read, world);
  const up = async (yaml: string) => {
    const steps = await stepsFor(yaml);
    const planned = await sentencesOf(steps);
    await carryOut(steps, { stage: "registry", report: () => {} });
    assert.equal(await sentencesOf(steps), []);
    return planned;
  };
  assert.equal(await up(""), []);
  const all =
    "Secret kube-system/kube-registry-cache, Deployment kube-system/kube-registry-cache, Service kube-system/kube-registry-cache";
  assert.equal(await up("registry: { cache: [docker.io] }"), [
    `multi: apply ${all}`,
    "multi: wait until kube-registry-cache runs",
  ]);
  assert.equal(await up("registry: { cache: [docker.io] }"), []);
  assert.is((await up("registry: { cache: [docker.io, quay.io] }"))[0], `multi: apply ${all}`);
  assert.equal(await up(""), [`multi: remove ${all}`]);
  assert.equal(api.names, []);
});

test("another certificate of an upstream takes another pod, since a cache reads it once", async ({ dir }) => {
  const api = new FakeApi();
  const world = { api: () => api, nodes: new FakeNodes(() => 0) };
  const lab = await labIn(dir, "registry: { cache: [docker.io] }");
  const file = (content: string) => ({ path: "/x.ca.pem", content, mode: 0o644, keys: [], isReadAtStart: false });
  const stepsWith = (content: string) => cacheSteps(lab, values, { configs: new Map(), files: [file(content)] }, world);
  await carryOut(stepsWith("one"), { stage: "registry", report: () => {} });
  assert.equal(await sentencesOf(stepsWith("one")), []);
  assert.equal(await sentencesOf(stepsWith("other")), ["multi: apply Deployment kube-system/kube-registry-cache"]);
});

test.run();
