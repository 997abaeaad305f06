import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import type { Stage } from "@k3s-lab/stages";
import { Facts } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chain } from "../src/chain.js";
import { lookAtLab } from "../src/show-lab.js";

const test = suite("scripts show-lab");
const cluster = {
  version: "v1.34.4+k3s1",
  source: "release",
  sha256: "ab",
  lacks: [],
  server: "https://10.76.0.10:6443",
  kubeconfig: "/lab/.lab/kubeconfig",
  certificate: { name: "kubeconfig", ends: "2027-02-01T00:00:00.000Z" },
  nodes: [
    {
      name: "multi",
      role: "server",
      address: "10.76.0.10",
      ready: true,
      certificates: [
        { name: "a.crt", ends: "2027-01-01T00:00:00.000Z" },
        { name: "ca.crt", ends: "2036-01-01T00:00:00.000Z" },
      ],
    },
  ],
  podsNotRunning: [],
  services: [],
};
const relay = (state: "running" | "stopped") => ({ state, ports: [20001, 20002], to: "10.76.0.14" });
const works = {
  hostNetwork: { missing: [] },
  machines: { states: { multi: "running" } },
  cluster,
  registry: { serving: true },
};

/** Looks at a lab whose stages tell this of themselves. */
async function look(told: Readonly<Record<string, object | undefined>>) {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-show-"));
  try {
    const lab = await openLab(join(dir, "lab.yaml"));
    const stages = chain.map((stage): Stage => ({ ...stage, describe: async () => told[stage.key] }));
    return await lookAtLab(stages, lab, new Facts());
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("a lab that never came as far as its cluster is none", async () => {
  assert.is(await look({ ...works, cluster: undefined }), undefined);
});

for (const [state, what, told] of [
  ["up", "everything works", {}],
  ["up", "only root may look at its machines", { machines: undefined }],
  ["degraded", "the registry does not answer", { registry: { serving: false } }],
  ["degraded", "something is missing on the host", { hostNetwork: { missing: ["host: guard"] } }],
  [
    "stopped",
    "its machine has stopped, though the API still calls the node Ready",
    { machines: { states: { multi: "stopped" } } },
  ],
  ["up", "its relay runs", { machines: { states: { multi: "running" }, relay: relay("running") } }],
  ["degraded", "its relay does not run", { machines: { states: { multi: "running" }, relay: relay("stopped") } }],
] as const) {
  test(`a lab is ${state} where ${what}`, async () => {
    assert.is((await look({ ...works, ...told }))?.state, state);
  });
}

test("all certificates are told with what they are on, the one that ends first before the others", async () => {
  assert.equal(
    (await look(works))?.certificates.map(({ on, name }) => [on, name]),
    [
      ["multi", "a.crt"],
      ["host", "kubeconfig"],
      ["multi", "ca.crt"],
    ],
  );
});

test.run();
