import { formatKubeconfig, type openApi } from "@k3s-lab/kube";
import { CommandFailed } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { type Action, Facts } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Kube } from "../../src/kube.js";
import { nothingSeen, type NodeSeen } from "../../src/node/node-seen.js";
import { makeSecrets, readSecrets } from "../../src/secrets.js";
import { startClusterStep } from "../../src/steps/start-cluster.js";
import { emptyLab, fakeDriver, nodesWith } from "../world.js";

const test = suite("cluster: start the cluster");
const url = "https://10.76.0.10:6443";
const authority = "ab".repeat(32);
const base64 = (text: string) => Buffer.from(text).toString("base64");
const kubeconfig = formatKubeconfig("default", { server: url, ca: "", certificate: "", key: "" });
const aliases = [{ ip: "10.76.0.1", hostnames: ["host.k3s-lab.internal"] }];
const hosting = { path: "/api/v1/namespaces/kube-public/configmaps/hosting", object: { kind: "ConfigMap" } };

/** A cluster whose server starts, or fails to; what its nodes and its API were asked is kept. */
async function starting({ fails = false } = {}) {
  const lab = await emptyLab();
  makeSecrets(lab);
  const secrets = readSecrets(lab);
  assert.ok(secrets);
  const now = Math.floor(Date.now() / 1000);
  const asked: string[] = [];
  const driver = fakeDriver((name, command) => {
    if (fails && command.includes("systemctl restart k3s\n")) throw new CommandFailed(name, "failed", "", 1);
    if (command.includes("systemctl restart")) {
      asked.push(`${name} starts`);
      return name === "multi" ? `${now}\n${kubeconfig}` : `${now}\n`;
    }
    if (command.includes("NRestarts") || command.startsWith("journalctl")) return "";
    const ofServer = name === "multi" ? `kubeconfig ${base64(kubeconfig)}\n` : "";
    return `service ActiveState=active\nnow ${now}\n${ofServer}`;
  });
  const ready = [{ type: "Ready", status: "True", lastHeartbeatTime: new Date((now + 1) * 1000).toISOString() }];
  const api = {
    isReady: async () => true,
    get: async (path: string) => ({
      metadata: { resourceVersion: "1" },
      items: [{ metadata: { name: path.replace(/.*%3D/, "") }, status: { conditions: ready } }],
    }),
    async *watch() {},
    apply: async (path: string) => void asked.push(`apply ${path}`),
  };
  const nodes = nodesWith(driver);
  const kube = new Kube(nodes, [{ node: "multi", url }], (() => api) as unknown as typeof openApi);
  const step = startClusterStep(lab, nodes, kube, { aliases, objects: [hosting] });
  const plan = (server: Partial<NodeSeen>, known: typeof secrets | undefined = secrets) => {
    const all = new Map([
      ["multi", { ...nothingSeen, isRunning: true, ...server }],
      ["agent1", nothingSeen],
      ["agent2", nothingSeen],
    ]);
    const planned = step.plan({ nodes: all, secrets: known });
    if (planned instanceof Problem) throw planned;
    return planned;
  };
  return { plan, asked, driver, secrets };
}

const facts = new Facts();
const context = { signal: facts.signal, facts, progress: () => {}, note: () => {} };
const outcomes = (actions: readonly Action[]) => Promise.allSettled(actions.map((action) => action.run(context)));
const sentences = [
  "multi: start the K3s server",
  "multi: name host.k3s-lab.internal for pods",
  "agent1: start the K3s agent and join multi",
  "agent2: start the K3s agent and join multi",
];

test("starts all nodes at once where no server has run, and its authority is made", async () => {
  const { plan } = await starting();
  assert.equal(
    plan({ authority }).map(({ sentence }) => sentence),
    sentences,
  );
  // A cluster that has run may know nodes that have to be forgotten first.
  assert.equal(plan({ authority, joinToken: "K10ab::node:x" }), []);
  assert.equal(plan({ authority, isActive: true }), []);
  assert.equal(plan({}), []);
});

test("agents get the token that the server will write, and the cluster its objects", async () => {
  const { plan, asked, driver, secrets } = await starting();
  const all = await outcomes(plan({ authority }));
  assert.equal(
    all.map(({ status }) => status),
    ["fulfilled", "fulfilled", "fulfilled", "fulfilled"],
  );
  assert.equal(asked.toSorted(), [
    "agent1 starts",
    "agent2 starts",
    "apply /api/v1/namespaces/kube-public/configmaps/hosting",
    "apply /api/v1/namespaces/kube-system/configmaps/coredns-custom",
    "multi starts",
  ]);
  const token = `K10${authority}::node:${secrets.agentPassword}`;
  const written = driver.inputs.filter((input) => input.includes(token));
  assert.is(written.length, 2);
  assert.not.ok(driver.asked.some((command) => command.includes(secrets.agentPassword)));
});

test("where the server does not start, that is the failure, and no agent's", async () => {
  const { plan, asked } = await starting({ fails: true });
  const all = await outcomes(plan({ authority }));
  assert.equal(
    all.map(({ status }) => status),
    ["rejected", "fulfilled", "fulfilled", "fulfilled"],
  );
  assert.equal(asked.toSorted(), ["agent1 starts", "agent2 starts"]);
});

test.run();
