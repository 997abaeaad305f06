import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clusterRecord, clusterStage } from "@k3s-lab/cluster";
import { hostNetworkRecord, hostNetworkStage, hostNetworkStepIds } from "@k3s-lab/host-network";
import { openLab } from "@k3s-lab/lab";
import { decideMachines, machinesRecord, machinesStage } from "@k3s-lab/machines";
import { registryRecord, registryStage } from "@k3s-lab/registry";
import { type Step, step } from "@k3s-lab/steps";
import { examine } from "../src/examine.js";
import { repair, repairsFor } from "../src/repair.js";
import { rules } from "../src/rules/index.js";
import type { Survey } from "../src/survey/survey.js";
import { agent1, hostWith, multi, node, route, survey } from "./fixtures/survey.js";

const test = suite("what doctor repairs");

const dir = mkdtempSync(join(tmpdir(), "k3s-lab-repair-"));
const lab = await openLab(join(dir, "lab.yaml"));
test.after(() => rmSync(dir, { recursive: true, force: true }));

/** A lab of which lab:up has recorded every stage. */
const { network, registry } = survey();
if (network === undefined || registry === undefined) throw new Error("no network or registry");
const { podCidr, serviceCidr, clusterDns } = network;
const config = { ...lab.config, nodes: lab.config.nodes.filter(({ name }) => name !== "agent2") };
lab.state.write(hostNetworkRecord, network);
lab.state.write(machinesRecord, decideMachines({ ...lab, config }, network));
const binary = { name: "k3s", size: 1, sha256: "00", changed: 0 };
lab.state.write(clusterRecord, {
  source: "release",
  version: "v1.34.1+k3s1",
  folder: dir,
  binary,
  archives: [],
  asked: { source: "auto", version: "v1.34.1+k3s1", baseUrl: "https://github.com/k3s-io/k3s/releases/download" },
  sha256: binary.sha256,
  podCidr,
  serviceCidr,
  clusterDns,
  kubeconfig: lab.state.path("kubeconfig"),
  serverNode: "multi",
  server: "https://10.76.0.10:6443",
});
lab.state.write(registryRecord, registry.registry);

const chain = [hostNetworkStage, machinesStage, clusterStage, registryStage];

/** The ids of the steps, by stage. */
function repairs(seen: Survey, stages = chain): Readonly<Record<string, readonly string[]>> {
  const { findings } = examine(seen, rules);
  const all = repairsFor(stages, { ...lab, config }, seen, findings);
  return Object.fromEntries(all.map(({ stage, steps }) => [stage, steps.map(({ id }) => id)]));
}

const none = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };
const bare = {
  by: "nothing" as const,
  guarding: false,
  faults: [{ kind: "no-rules" as const }],
  rejected: { services: none, pods: none },
};

/** A lab in which one thing of every stage is broken. */
const nodes = [node(multi, { resolvers: ["10.76.0.1"] }), node(agent1, { guard: bare })];
const hostPlan = { ...survey().hostPlan, [hostNetworkStepIds.guardHost]: ["guard: ..."] };
const broken = survey({ nodes, hostPlan, host: hostWith({ hostsFile: "" }) });

test("where nothing is wrong, nothing is done", () => {
  assert.equal(repairs(survey()), {});
});

test("what a person must decide is left alone", () => {
  assert.equal(repairs(survey({ machines: [{ machine: agent1, state: "stopped" }] })), {});
  assert.equal(repairs(survey({ host: hostWith({ routes: [route("10.43.0.0/17", "lan0")] }) })), {});
});

test("each finding is repaired by its own stage, in the order of the stages", () => {
  const all = repairs(broken);
  assert.equal(Object.keys(all), ["host-network", "machines", "cluster", "registry"]);
  assert.ok(all["host-network"]?.includes(hostNetworkStepIds.guardHost));
  assert.equal(all.machines, ["set-up-nodes"]);
  assert.equal(all.cluster, ["guard-nodes"]);
  assert.equal(all.registry, ["name-server"]);
});

test("a stage that is not in the chain repairs nothing", () => {
  const { findings } = examine(broken, rules);
  assert.ok(findings.some(({ rule }) => rule.repair === "registry"));
  assert.equal(Object.keys(repairs(broken, chain.slice(0, 3))), ["host-network", "machines", "cluster"]);
});

test("on a host that has moved, only lab:up can decide again about the host's side", () => {
  const { host } = survey();
  const routes = [route("default", "lan0", { gateway: "192.168.77.254" }), ...host.routes.slice(1)];
  const moved = { ...survey().hostPlan, [hostNetworkStepIds.routeLab]: ["route ..."] };
  assert.equal(repairs(survey({ host: { ...host, routes }, hostPlan: moved })), {});
});

test("all that will be done is announced before the first of it is done", async () => {
  const told: string[] = [];
  let isDone = false;
  const fix: Step = step<boolean>({
    id: "fix",
    title: "Fix",
    observe: async () => isDone,
    plan: (done) =>
      done
        ? []
        : [
            {
              on: "host",
              kind: "change",
              sentence: "host: fix it",
              run: async () => {
                told.push("done");
                isDone = true;
              },
            },
          ],
  });
  const options = {
    report: () => {},
    signal: new AbortController().signal,
    announce: (sentences: readonly string[]) => void told.push(`announced ${sentences.join()}`),
  };
  assert.equal(await repair([{ stage: "host-network", steps: [fix] }], options), ["host: fix it"]);
  assert.equal(told, ["announced host: fix it", "done"]);
  assert.equal(await repair([{ stage: "host-network", steps: [fix] }], options), []);
  assert.is(told.length, 2);
});

test.run();
