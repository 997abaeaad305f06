import type { Foreseen } from "@k3s-lab/k3s-source";
import type { LabConfig } from "@k3s-lab/lab";
import type { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { flagsByName, flagsToldToAgents, refuseUnknownFlags } from "../src/k3s-flags.js";
import { emptyLab, release } from "./world.js";

const test = suite("cluster k3s-flags");
const { signal } = new AbortController();

async function labWith(all: LabConfig["cluster"]["k3s"], agent: LabConfig["cluster"]["k3s"] = {}) {
  const { config, file } = await emptyLab();
  const nodes = [
    { name: "multi", role: "server" as const },
    { name: "agent1", role: "agent" as const, k3s: agent },
  ];
  return { file, config: { ...config, nodes, cluster: { ...config.cluster, k3s: all } } };
}

const refusal = async (lab: Awaited<ReturnType<typeof labWith>>, of: Foreseen = release) =>
  (await refuseUnknownFlags(lab, of, signal).catch((error: unknown) => error)) as Problem | undefined;

test("flags that this K3s does not have are refused together, each with its place and what is close", async () => {
  const lab = await labWith({ rootles: true, "kube-apiserver-arg": ["v=2"] }, { "kubelet-args": ["v=2"], debug: true });
  const problem = await refusal(lab);
  assert.is(problem?.id, "LAB-K3S-011");
  const [server, agent, own] = (problem?.what ?? "").split("; ");
  assert.match(server ?? "", "cluster.k3s.rootles: is no flag of `k3s server` in K3s v1.34.4+modules (modules)");
  assert.match(
    own ?? agent ?? "",
    /nodes\.1\.k3s\.kubelet-args: is no flag of `k3s agent` .* \(did you mean kubelet-arg\?\)/,
  );
});

test("flags that it has are taken, and nobody is refused by a K3s that is not there yet", async () => {
  assert.is(await refusal(await labWith({ "kubelet-arg": ["max-pods=50"], "kube-apiserver-arg": ["v=2"] })), undefined);
  const unknown: Foreseen = { ...release, source: "auto", binary: { ...release.binary, sha256: "" } };
  assert.is(await refusal(await labWith({ "no-such": true }), unknown), undefined);
});

test("nodes have their flags by name, and agents know what their server tells them", async () => {
  const lab = await labWith({ "flannel-backend": "host-gw", debug: true }, { v: 2 });
  assert.equal(flagsByName(lab).get("agent1"), { debug: true, v: 2 });
  assert.equal(flagsToldToAgents(lab), { "flannel-backend": "host-gw" });
});

test.run();
