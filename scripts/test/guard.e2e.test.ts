// The guard on a real cluster that lab:up did not make: known by its kubeconfig alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildImage, type GuardStatus } from "@k3s-lab/cluster-guard";
import { isRoot, rootOnly, type Vif } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { daemonSet, manifest, service } from "../../packages/k3s-from-modules/test/pods.js";
import {
  addresses,
  makeCluster,
  type NodeName,
  nodes,
  type TestCluster,
} from "../../packages/k3s-from-modules/test/world.js";
import { eventually, modulesBuild, root } from "./drive-lab.js";

const test = suite("guard of a foreign cluster");
const rootTest = rootOnly("guard of a foreign cluster", test);

const architecture = process.arch === "arm64" ? "arm64" : "amd64";
const image = "multi:5000/cluster-guard";
const table = "inet k3s_lab_cluster_guard";
const unserved = "10.43.77.77";
const refusedAtOnce = "refused";
/** Seconds until silence is silence. */
const dialTimeout = 6;

/** Milliseconds, for what takes seconds on a machine of one's own. */
const long = 240_000;

/** Leaves a node as if lab:up had never guarded it. */
const removeNodeGuard = `systemctl -q disable --now lab-node-guard; /etc/k3s-lab/node-guard remove
rm /etc/systemd/system/lab-node-guard.service /etc/k3s-lab/node-guard*; systemctl daemon-reload`;

let cluster: TestCluster;
let vif: Vif;
/** The address of a service that a pod on every node serves at port 80. */
let served = "";

test.before(async () => {
  if (!isRoot) return;
  // Where Go's modules can be reached; the emulated host cannot.
  await buildImage({ architectures: [architecture], progress: () => {}, signal: AbortSignal.timeout(long) });
  cluster = await makeCluster();
  // As a cluster of another maker: without a node guard of k3s-lab, on a host that forwards for it.
  await Promise.all(nodes.map((node) => cluster.at(node, removeNodeGuard)));
  await cluster.host("sh", [
    "-c",
    `echo 1 >/proc/sys/net/ipv4/ip_forward; echo "${addresses.multi} multi" >>/etc/hosts`,
  ]);
  await bringRegistry();
  await cluster.kubectl("apply -f -", manifest(registryPod, daemonSet("web", 8080), service("web", "web", 80, 8080)));
  await eventually(
    "the pods run",
    () =>
      succeeds(
        "multi",
        "kubectl rollout status --timeout=20s ds/web && kubectl wait --for=condition=Ready --timeout=20s pod/registry",
      ),
    long,
  );
  served = (await cluster.kubectl("get service web -o jsonpath={.spec.clusterIP}")).trim();
  vif = await cluster.emulated.connectVif({ cidrs: ["10.43.0.0/16", "10.42.0.0/16"] });
});

test.after(async () => {
  await vif?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

/** A registry that the nodes know by registries.yaml. */
const registryPod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "registry", namespace: "default" },
  spec: {
    hostNetwork: true,
    nodeName: "multi",
    containers: [
      {
        name: "registry",
        image: "docker.io/library/registry:3.1.2",
        readinessProbe: { httpGet: { path: "/v2/", port: 5000 } },
      },
    ],
  },
};

/** Whether a script on a node succeeds, in time. */
const succeeds = async (node: NodeName, script: string) => (await cluster.attempt(node, script, 60)).exitCode === 0;

async function bringRegistry(): Promise<void> {
  const input = readFileSync(join((await modulesBuild()).folder, `k3s-airgap-registry-${architecture}.tar`));
  const images = "/var/lib/rancher/k3s/agent/images";
  await cluster.at("multi", `cat >${images}/.part && mv ${images}/.part ${images}/registry.tar`, { input });
  await eventually("multi has the registry's image", async () =>
    (await cluster.at("multi", "crictl images")).includes("library/registry"),
  );
}

/** Runs the command as a person does, with the cluster's kubeconfig. */
async function guard(args: readonly string[], kubeconfig = join(cluster.dir, ".lab/kubeconfig")) {
  const npm = ["run", "-s", "guard", "--", "--kubeconfig", kubeconfig, ...args];
  return cluster.emulated.run("npm", npm, { cwd: root, timeout: 4 * 60_000, answers: "any" });
}

async function guardOk(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await guard(args);
  if (exitCode !== 0)
    throw new Error(`guard ${args.join(" ")} ended with exit code ${exitCode}:\n${stderr}\n${stdout}`);
  return stdout;
}

async function status(): Promise<GuardStatus> {
  return JSON.parse((await guard(["--status", "--json"])).stdout) as GuardStatus;
}

const isGuarded = () =>
  status().then(
    ({ nodes: seen }) => seen.length === nodes.length && seen.every(({ guarded }) => guarded),
    () => false,
  );

/** Names of the guard's pods that are not on their way out. */
async function guardPods(): Promise<readonly string[]> {
  const pods = await cluster.kubectl("get pods -n kube-system -l app.kubernetes.io/name=k3s-lab-guard --no-headers");
  return pods
    .split("\n")
    .filter((line) => !line.includes("Terminating"))
    .map((line) => line.split(" ")[0] ?? "");
}

const everyNode = async (what: (node: NodeName) => Promise<unknown>) => Promise.all(nodes.map(what));

/** What becomes of "tcp/10.43.0.1/80" from a node's own network, and from a pod of it: by "pod tcp/10.43.0.1/80". */
async function attempts(node: NodeName, targets: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const script = `pod="nsenter --net=/proc/$(pgrep -x testpod | head -1)/ns/net"
    attempt() {
      case $1 in
        tcp/*) said=$($2 timeout ${dialTimeout} bash -c "exec 3<>/dev/$1" 2>&1) && said=open ;;
        udp/*) said=$($2 timeout ${dialTimeout} perl -MSocket -e '${datagram}' $(echo $1 | tr / ' ') 2>&1) ;;
      esac
      case $said in open) ;; *refused* | *"No route"* | *"not permitted"*) said=${refusedAtOnce} ;; *) said="silence $said" ;; esac
      echo "\${2:+pod} $1 $said"
    }
    for from in "" "$pod"; do for to in ${targets.join(" ")}; do attempt $to "$from" & done; done
    wait`;
  const lines = (await cluster.at(node, script)).trimEnd().split("\n");
  const entries = lines.map((line) => /^(\w*) (\S+) (.*)$/.exec(line) ?? []);
  return Object.fromEntries(entries.map(([, from, to, said]) => [`${from || "node"} ${to}`, said?.trim() ?? ""]));
}

/** Sends one and prints the outcome; a socket is not told of an unreachable host unless it asks (IP_RECVERR). */
const datagram = `socket(my $s, PF_INET, SOCK_DGRAM, 0); setsockopt($s, 0, 11, pack("i", 1));
connect($s, pack_sockaddr_in($ARGV[2], inet_aton($ARGV[1]))); send($s, "x", 0) && recv($s, my $b, 1, 0); print $!`;

/** What no service serves: an address, a port of one that is served, and a datagram. */
const cells = () => [`tcp/${unserved}/80`, `tcp/${served}/81`, `udp/${unserved}/53`];
const each = (targets: readonly string[], what: string) =>
  Object.fromEntries(["node", "pod"].flatMap((from) => targets.map((to) => [`${from} ${to}`, what])));
/** Packets that have left the nodes for what no service serves. */
const leaked = (...some: readonly string[]) =>
  vif.packets.filter(({ destination, protocol, port }) =>
    (some.length > 0 ? some : cells()).includes(`${protocol === 17 ? "udp" : "tcp"}/${destination}/${port}`),
  );

rootTest("without the guard, what no service serves leaves the nodes into the VIF, so this test can fail", async () => {
  assert.equal(await attempts("agent1", cells()), each(cells(), "silence"));
  for (const cell of cells()) assert.ok(leaked(cell).length >= 2, `${cell} of a node and of a pod`);
  const { state, nodes: seen } = await status();
  assert.is(state, "absent");
  assert.equal(
    seen.map(({ name, guarded }) => `${name} ${guarded}`).toSorted(),
    nodes.map((node) => `${node} false`).toSorted(),
  );
});

rootTest(
  "a cluster onto whose nodes nothing here brings an image: the commands that do, and nothing is touched",
  async () => {
    const { exitCode, stderr } = await guard([]);
    assert.is(exitCode, 3, stderr);
    assert.match(stderr, "k3s ctr images import guard.tar");
    assert.match(stderr, /agent1, agent2, multi/);
    assert.match(await cluster.kubectl("get ds -n kube-system 2>&1"), "No resources found");
  },
);

rootTest("a plan shows all that will be done, and does none of it", async () => {
  const { exitCode, stdout } = await guard(["--image", image, "--plain-http", "--plan", "--exit-code"]);
  assert.is(exitCode, 4);
  assert.match(
    stdout,
    new RegExp(
      `^push ${image}:[0-9a-f]{12}\ncreate DaemonSet kube-system/k3s-lab-guard to reject what no service of 10.43.0.0/16 serves\nagent1: guard\nagent2: guard\nmulti: guard\n`,
    ),
  );
  assert.match(await cluster.kubectl("get ds -n kube-system 2>&1"), "No resources found");
});

rootTest("every node is guarded, by an image that was pushed", async () => {
  const stdout = await guardOk("--image", image, "--plain-http");
  for (const node of nodes) assert.match(stdout, new RegExp(`${node} +guarded +rejected 0 TCP, 0 other`));
  await everyNode(async (node) => assert.match(await cluster.at(node, "nft list tables"), table));
});

rootTest("what no service serves is refused at once, nothing leaves, and what is served goes on", async () => {
  const before = leaked().length;
  const good = [`tcp/${served}/80`, "tcp/10.43.0.1/443"];
  await everyNode(async (node) => {
    assert.equal(await attempts(node, cells()), each(cells(), refusedAtOnce), node);
    assert.equal(await attempts(node, good), each(good, "open"), node);
  });
  assert.is(leaked().length, before);
  // On each node: two connections and a datagram, from itself and from a pod.
  const { serviceCidrs, nodes: seen } = await status();
  assert.equal(serviceCidrs, ["10.43.0.0/16"]);
  for (const { rejected } of seen) assert.equal(rejected, { tcpReset: 4, hostUnreachable: 2, dropped: 0 });
});

rootTest("a second run does nothing", async () => {
  assert.is((await guard(["--plan", "--exit-code"])).exitCode, 0);
  const { stderr } = await guard([]);
  assert.not.match(stderr, /create|change|push|: guard/);
});

rootTest("flushed rules and ended pods come back", async () => {
  const cell = [`tcp/${unserved}/80`];
  await cluster.at("agent1", `nft delete table ${table}`);
  await eventually("the rules are back", () => succeeds("agent1", `nft list chain ${table} forward | grep -q goto`));
  assert.equal(await attempts("agent1", cell), each(cell, refusedAtOnce));
  const handle = () => cluster.at("agent1", `nft -a list table ${table} | head -1`);
  const before = await handle();
  const ended = await guardPods();
  await cluster.kubectl("delete pod -n kube-system -l app.kubernetes.io/name=k3s-lab-guard --wait=false");
  await eventually(
    "each pod is another one",
    async () => !(await guardPods()).some((pod) => ended.includes(pod)),
    long,
  );
  await eventually("they guard on", isGuarded, long);
  assert.is(await handle(), before, "the rules were not away for a moment");
});

rootTest("a node that reboots is guarded again, by itself", async () => {
  const boot = async () => (await cluster.attempt("agent2", "cut -d ' ' -f 22 /proc/1/stat", 20)).output.trim();
  const first = await boot();
  await cluster.attempt("agent2", "systemctl reboot", 10);
  const isAnother = (seen: string) => /^\d+$/.test(seen) && seen !== first;
  await eventually("agent2 has rebooted", async () => isAnother(await boot()), long);
  await eventually(
    "agent2 has the rules",
    () => succeeds("agent2", `nft list chain ${table} forward | grep -q goto`),
    long,
  );
  await eventually("all nodes are guarded", isGuarded, long);
});

rootTest("the guard of a lab's own node is seen beside it", async () => {
  await cluster.at("agent1", "nft add table inet k3s_lab_node_guard");
  assert.match((await guard(["--status"])).stdout, /agent1 .*it has the guard of a k3s-lab node, too/);
  await cluster.at("agent1", "nft delete table inet k3s_lab_node_guard");
});

rootTest("a user without the rights is told which, before anything is touched", async () => {
  await cluster.kubectl("create serviceaccount nobody");
  const token = (await cluster.kubectl("create token nobody")).trim();
  const kubeconfig = join(cluster.dir, "nobody");
  const lab = readFileSync(join(cluster.dir, ".lab/kubeconfig"), "utf8");
  await cluster.host("sh", ["-c", 'umask 077; cat >"$0"', kubeconfig], {
    input: lab.replace(/client-certificate-data: .*/, `token: ${token}`).replace(/ *client-key-data: .*\n/, ""),
  });
  const { exitCode, stderr } = await guard(["--remove"], kubeconfig);
  assert.is(exitCode, 1);
  assert.match(stderr, /may not list nodes, .*delete daemonsets\.apps in kube-system\./);
  assert.not.match(stderr, token);
});

rootTest("removed, it leaves no table on any node, and no DaemonSet", async () => {
  const { stdout } = await guard(["--remove", "--plan"]);
  assert.match(stdout, "agent2: remove the guard\n");
  assert.match(await guardOk("--remove"), "The guard is removed from every node.");
  await everyNode(async (node) => assert.not.match(await cluster.at(node, "nft list tables"), "guard"));
  assert.match(
    await cluster.kubectl("get ds,pods -n kube-system -l app.kubernetes.io/name=k3s-lab-guard 2>&1"),
    "No resources found",
  );
  // A pod of the guard that ends may have been the last to touch its node's rules.
  const before = leaked().length;
  const targets = [`tcp/${unserved}/80`];
  let said: Readonly<Record<string, string>> = {};
  const leaksAgain = async () => {
    said = await attempts("agent1", targets);
    return leaked().length > before;
  };
  await eventually("what no service serves leaves again", leaksAgain, 30_000).catch(() => {});
  assert.equal(said, each(targets, "silence"), await cluster.at("agent1", "nft list ruleset; ip route; ip neigh"));
  assert.ok(leaked().length > before);
  assert.match(await guardOk("--remove"), "There was no guard to remove.");
});

test.run();
