import { formatKubeconfig, type openApi } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { Facts } from "@k3s-lab/steps";
import { Kube } from "../../src/kube.js";
import { joinAgentsStep } from "../../src/steps/join-agents.js";
import { fakeDriver, nodesWith, seen } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster: join agents");
const server = { node: "multi", url: "https://10.76.0.10:6443" };
const base64 = (text: string) => Buffer.from(text).toString("base64");
const kubeconfig = formatKubeconfig("default", { server: server.url, ca: "", certificate: "", key: "" });

test("an agent whose K3s ends has not joined, though the API still takes it for Ready", async () => {
  const now = Math.floor(Date.now() / 1000);
  const driver = fakeDriver((name, command) => {
    if (command.startsWith("journalctl")) return "unknown key";
    if (command.startsWith("date +%s")) return `${now}\n`;
    if (command.includes("NRestarts")) return name === "agent1" ? "ended" : "";
    const token = `token ${base64("K10ab::node:x")}\nkubeconfig ${base64(kubeconfig)}\n`;
    return name === "multi" ? `service ActiveState=active\nnow ${now}\n${token}` : `now ${now}\n`;
  });
  // What the kubelet reported before it was stopped.
  const lastHeartbeatTime = new Date((now - 10) * 1000).toISOString();
  const ready = [{ type: "Ready", status: "True", lastHeartbeatTime }];
  const items = ["multi", "agent1", "agent2"].map((name) => ({ metadata: { name }, status: { conditions: ready } }));
  const api = {
    list: async () => items,
    get: async (path: string) => ({
      metadata: { resourceVersion: "1" },
      items: items.filter(({ metadata }) => path.endsWith(metadata.name)),
    }),
    async *watch() {},
  };
  const nodes = nodesWith(driver);
  const step = joinAgentsStep(nodes, new Kube(nodes, [server], (() => api) as unknown as typeof openApi));
  const facts = new Facts();
  const planned = step.plan(await step.observe(facts));
  if (planned instanceof Problem) throw planned;
  const [action] = planned;
  const context = { signal: facts.signal, facts, progress: () => {}, note: () => {} };
  const error = await action?.run(context).catch((reason: unknown) => reason);
  assert.is(
    (error as Error).message,
    "agent1: K3s has ended instead of joining. It logged last:\nunknown key. " +
      "See all of it: npm run lab:exec -- agent1 journalctl -u k3s-agent [LAB-K3S-005]",
  );
});

test("the pods of a node are deleted where the API does not know it, not where the API could not tell", async () => {
  const now = Math.floor(Date.now() / 1000);
  const driver = fakeDriver((_, command) => (command.startsWith("date +%s") ? `${now}\n` : ""));
  const deleted: string[] = [];
  const ready = [{ type: "Ready", status: "True", lastHeartbeatTime: new Date((now + 1) * 1000).toISOString() }];
  const api = {
    list: async () => [{ metadata: { name: "held", namespace: "default" } }],
    get: async () => ({
      metadata: { resourceVersion: "1" },
      items: [{ metadata: { name: "agent1" }, status: { conditions: ready } }],
    }),
    delete: async (path: string) => void deleted.push(path),
    async *watch() {},
  };
  const nodes = nodesWith(driver);
  const step = joinAgentsStep(nodes, new Kube(nodes, [server]));
  const join = async (objects: ReadonlyMap<string, object> | undefined) => {
    const all = new Map([
      ["multi", seen({ joinToken: "K10ab::node:x" })],
      ["agent1", seen({ hasPassword: true })],
    ]);
    const planned = step.plan({ nodes: all, objects, api });
    if (planned instanceof Problem) throw planned;
    const facts = new Facts();
    await planned[0]?.run({ signal: facts.signal, facts, progress: () => {}, note: () => {} });
    return deleted.splice(0);
  };
  assert.equal(await join(new Map()), ["/api/v1/namespaces/default/pods/held?gracePeriodSeconds=0"]);
  assert.equal(await join(new Map([["agent1", {}]])), []);
  assert.equal(await join(undefined), []);
});

test.run();
