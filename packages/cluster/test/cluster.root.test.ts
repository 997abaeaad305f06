import { parseCidr } from "@k3s-lab/ip";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { hostNetworkRecord } from "@k3s-lab/host-network";
import { labDigest, LabState } from "@k3s-lab/lab";
import { systemDir } from "@k3s-lab/host";
import type { Event } from "@k3s-lab/steps";
import { emulateHost, lan, type World, rootOnly, isRoot } from "@k3s-lab/testbed";
import { network } from "./world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster in an emulated host");

const packages = fileURLToPath(new URL("../..", import.meta.url));
const stageProgram = join(packages, "../scripts/dist/stage.js");
const dir = isRoot ? mkdtempSync(join(tmpdir(), "k3s-lab-cluster-")) : "";
const state = new LabState(join(dir, ".lab"));
const id = labDigest(state.dir);
const machinesDir = join(systemDir, id, "machines");
const env = { K3S_LAB_CONFIG: join(dir, "lab.yaml"), K3S_LAB_REPORT: "json", KUBECONFIG: state.path("kubeconfig") };
const bridge = `k3slab-${id}`;
let world: World;

test.before(async () => {
  if (!isRoot) return;
  // In the host's own network: the world beyond has none.
  for (const name of ["machines", "cluster"]) {
    await run(process.execPath, [stageProgram, name, "fetch"], { env, timeout: 20 * 60_000 });
  }
  world = await emulateHost();
  const addresses = { multi: "10.76.0.10", agent1: "10.76.0.11", agent2: "10.76.0.12" };
  const { podCidr, serviceCidr, clusterDns } = network;
  const made = {
    uplink: null,
    lan: { kind: "private" as const, bridge, subnet: parseCidr("10.76.0.0/24") },
    gateway: "10.76.0.1",
  };
  state.write(hostNetworkRecord, {
    ...made,
    resolvers: [lan.routerAddress],
    addresses,
    podCidr,
    serviceCidr,
    clusterDns,
  });
  await host(
    `ip link add ${bridge} type bridge && ip address add 10.76.0.1/24 dev ${bridge} && ip link set ${bridge} up`,
  );
});

test.after(async () => {
  if (!isRoot) return;
  try {
    const script = `import { openLab } from "@k3s-lab/lab"; import { removeMachines } from "@k3s-lab/machines";
      import { carryOut } from "@k3s-lab/steps";
      const lab = await openLab(process.env.K3S_LAB_CONFIG);
      await carryOut(removeMachines(lab), { stage: "machines", report: () => {} });`;
    await world?.host.run(process.execPath, ["--input-type=module", "-e", script], {
      env,
      cwd: join(packages, "cluster"),
    });
  } finally {
    await world?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  }
});

async function host(script: string): Promise<string> {
  return (await world.host.run("sh", ["-c", script], { env })).stdout;
}

async function at(machine: string, script: string): Promise<string> {
  return (await world.host.run("lxc-attach", ["-n", machine, "-P", machinesDir, "--", "sh", "-c", script])).stdout;
}

interface Outcome {
  readonly exitCode: number;
  readonly actions: readonly string[];
  readonly problem: string | undefined;
}

/** Runs the stages' own programs, as lab:up does. */
async function up(): Promise<Outcome> {
  await world.host.run(process.execPath, [stageProgram, "machines", "up"], { env });
  const options = { env, answers: "any", timeout: 5 * 60_000 } as const;
  const { exitCode, stdout } = await world.host.run(process.execPath, [stageProgram, "cluster", "up"], options);
  const events = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
  return {
    exitCode,
    actions: events.flatMap((event) => (event.event === "action-started" ? [event.action] : [])),
    problem: events.flatMap((event) => (event.event === "problem" ? [event.message] : []))[0],
  };
}

async function succeeds(): Promise<readonly string[]> {
  const { exitCode, actions, problem } = await up();
  assert.is(exitCode, 0, problem ?? "");
  return actions;
}

const kubectl = (args: string) => host(`node --import tsx ${join(packages, "cluster/test/kubectl.ts")} ${args}`);

async function readyNodes(): Promise<readonly string[]> {
  const lines = (await kubectl("get nodes --no-headers")).split("\n");
  return lines.map((line) => line.split(/ +/).slice(0, 2).join(" "));
}

const rootTest = rootOnly("cluster in an emulated host", test);

rootTest("makes three Ready nodes, and the second run has nothing to do", async () => {
  await succeeds();
  assert.equal(await readyNodes(), ["agent1 Ready", "agent2 Ready", "multi Ready"]);
  assert.equal(await succeeds(), []);
});

rootTest("a pod of an agent reaches CoreDNS on the server, which the next run looks at, too", async () => {
  const image = "docker.io/rancher/mirrored-pause:3.6";
  const overrides = JSON.stringify({ spec: { nodeName: "agent1" } });
  await kubectl(`run probe --image=${image} --image-pull-policy=Never --overrides='${overrides}'`);
  await kubectl("wait --for=condition=Ready --timeout=60s pod/probe");
  const dns = await kubectl("-n kube-system get pods -l k8s-app=kube-dns -o jsonpath={.items[0].status.podIP}");
  await at("agent1", `nsenter --net=$(ls -d /run/netns/cni-*) ping -c 1 -w 10 ${dns}`);
  assert.equal(await succeeds(), []);
  await kubectl("delete pod probe --now");
});

rootTest("what K3s' documentation tells of a node is true, and no secret can be read by others", async () => {
  const modes = await at("multi", "stat -c '%a %n' /etc/rancher/k3s/* /etc/systemd/system/k3s.service*");
  assert.equal(modes.split("\n"), [
    "600 /etc/rancher/k3s/agent-token",
    "600 /etc/rancher/k3s/config.yaml",
    "644 /etc/rancher/k3s/k3s-lab.sha256",
    "600 /etc/rancher/k3s/k3s.yaml",
    "600 /etc/rancher/k3s/registries.yaml",
    "600 /etc/rancher/k3s/token",
    "644 /etc/systemd/system/k3s.service",
    "600 /etc/systemd/system/k3s.service.env",
  ]);
  assert.is(await at("agent1", "stat -c %a /etc/rancher/k3s/token"), "600");
  assert.match(await at("agent1", "cat /etc/rancher/k3s/token"), /^K10[0-9a-f]{64}::node:[0-9a-f]{32}$/);
  await at("agent1", "sha256sum -c --quiet /etc/rancher/k3s/k3s-lab.sha256");
  assert.match(await at("agent1", "readlink -f /usr/local/bin/crictl"), "/usr/local/bin/k3s");
  assert.is(await host(`stat -c %a ${state.path("kubeconfig")} ${state.path("secrets")}`), "600\n600");
  // Not in any process' arguments either.
  const password = (await at("agent1", "cat /etc/rancher/k3s/token")).split(":").at(-1) ?? "";
  const told = await at("multi", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; journalctl -q --no-pager");
  assert.not.ok(told.includes(password));
});

rootTest("an agent that was destroyed by hand joins again, and the others are left alone", async () => {
  await host(`lxc-stop -k -n agent1 -P ${machinesDir} && rm -r ${machinesDir}/agent1`);
  const actions = await succeeds();
  assert.ok(actions.includes("agent1: delete the node and password of the machine before"), actions.join("\n"));
  assert.not.ok(
    actions.some((action) => /^(multi|agent2):/.test(action)),
    actions.join("\n"),
  );
  assert.equal(await readyNodes(), ["agent1 Ready", "agent2 Ready", "multi Ready"]);
});

rootTest("another registry restarts K3s, and containers outlive that", async () => {
  const containers = () => at("multi", "pgrep -x coredns; pgrep -f containerd-shim | wc -l");
  const before = await containers();
  writeFileSync(env.K3S_LAB_CONFIG, "registry: {port: 5001}\n");
  const actions = await succeeds();
  for (const name of ["multi", "agent1", "agent2"]) {
    assert.ok(
      actions.includes(`${name}: restart K3s, because what it was started with has changed`),
      actions.join("\n"),
    );
  }
  assert.match(await at("agent2", "cat /etc/rancher/k3s/registries.yaml"), '"multi:5001"');
  assert.is(await containers(), before);
  assert.equal(await succeeds(), []);
});

rootTest("a K3s that was killed and a node that was deleted are repaired", async () => {
  await at("agent2", "systemctl kill -s KILL k3s-agent; systemctl stop k3s-agent");
  await kubectl("delete node agent1");
  assert.equal(await succeeds(), [
    "agent1: start the K3s agent and join multi",
    "agent2: start the K3s agent and join multi",
    "wait until every node is Ready and CoreDNS answers a pod",
  ]);
  assert.equal(await readyNodes(), ["agent1 Ready", "agent2 Ready", "multi Ready"]);
});

rootTest("a K3s that does not start is shown with what it logged, and repaired by the next run", async () => {
  const file = "/etc/rancher/k3s/config.yaml.d/own.yaml";
  await at(
    "agent1",
    `mkdir -p ${file.replace(/\/[^/]+$/, "")}; echo 'nonsense: true' >${file}; systemctl stop k3s-agent`,
  );
  const { exitCode, problem } = await up();
  assert.is(exitCode, 1);
  assert.is(problem?.split("\n")[0], "agent1: K3s has ended instead of joining. It logged last:");
  assert.match(problem ?? "", 'unknown key "nonsense"');
  await at("agent1", `rm ${file}`);
  await succeeds();
});

rootTest("a node that lab.yaml names no longer leaves the cluster", async () => {
  writeFileSync(env.K3S_LAB_CONFIG, "registry: {port: 5001}\nnodes: [{name: multi, role: server}, {name: agent1}]\n");
  const actions = await succeeds();
  assert.equal(actions, ["agent2: take the node out of the cluster, because the lab has it no longer"]);
  assert.equal(await readyNodes(), ["agent1 Ready", "multi Ready"]);
});

test.run();
