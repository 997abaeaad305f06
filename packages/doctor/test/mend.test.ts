import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clusterRecord } from "@k3s-lab/cluster";
import { openLab } from "@k3s-lab/lab";
import { decideMachines, machinesRecord } from "@k3s-lab/machines";
import { examine } from "../src/examine.js";
import { mendings } from "../src/mend.js";
import { rules } from "../src/rules/index.js";
import type { Survey } from "../src/survey/survey.js";
import { agent1, hostWith, multi, node, route, survey } from "./fixtures/survey.js";

const test = suite("what doctor mends");

const dir = mkdtempSync(join(tmpdir(), "k3s-lab-mend-"));
const lab = await openLab(join(dir, "lab.yaml"));
test.after(() => rmSync(dir, { recursive: true, force: true }));

/** A lab that lab:up has come to the end of, as far as it is recorded. */
const { network } = survey();
if (network === undefined) throw new Error("no network");
const config = { ...lab.config, nodes: lab.config.nodes.filter(({ name }) => name !== "agent2") };
lab.state.write(machinesRecord, decideMachines({ ...lab, config }, network));
const { podCidr, serviceCidr, clusterDns } = network;
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

/** The steps by stage. */
function mended(seen: Survey): Readonly<Record<string, readonly string[]>> {
  const { findings } = examine(seen, rules);
  const all = mendings({ ...lab, config }, seen, findings);
  return Object.fromEntries(all.map(({ stage, steps }) => [stage, steps.map(({ id }) => id)]));
}

const none = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };
const bare = { by: "nothing" as const, faults: ["the guard has no rules"], rejected: { services: none, pods: none } };

test("nothing is wrong, nothing is done", () => {
  assert.equal(mended(survey()), {});
});

test("what a person must decide is left alone", () => {
  assert.equal(mended(survey({ machines: [{ machine: agent1, state: "stopped" }] })), {});
  assert.equal(mended(survey({ host: hostWith({ routes: [route("10.43.0.0/17", "lan0")] }) })), {});
});

test("each thing by the step of its stage, in the order of the stages", () => {
  const nodes = [node(multi, { resolvers: ["10.76.0.1"] }), node(agent1, { guard: bare })];
  const hostPlan = { ...survey().hostPlan, "guard-host": ["guard: ..."] };
  const all = mended(survey({ nodes, hostPlan, host: hostWith({ hostsFile: "" }) }));
  assert.equal(Object.keys(all), ["host-network", "machines", "cluster", "registry"]);
  assert.ok(all["host-network"]?.includes("guard-host"));
  assert.equal(all.machines, ["set-up-nodes"]);
  assert.equal(all.cluster, ["guard-nodes"]);
  assert.equal(all.registry, ["name-server"]);
});

test("on a host that has moved, its side is for lab:up to decide anew", () => {
  const { host } = survey();
  const routes = [route("default", "lan0", { gateway: "192.168.77.254" }), ...host.routes.slice(1)];
  const hostPlan = { ...survey().hostPlan, "route-lab-traffic": ["route ..."] };
  assert.equal(mended(survey({ host: { ...host, routes }, hostPlan })), {});
});

test.run();
