// From nothing to a lab and back, on an emulated host without any network beyond its own, as an offline user would.
// Runs alone: it changes the real host's sysctls and puts them back.
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { KubeNode } from "@k3s-lab/kube";
import { diffSnapshots, type Snapshot, type World, rootOnly } from "@k3s-lab/testbed";
import { type Plan, planThenUp } from "./compare-plan.js";
import { type DrivenLab, eventually, readyNodes, upChangesNothing, type List } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";

const test = suite("a lab from nothing");
const realTest = rootOnly("a lab from nothing", test);

const arch = process.arch === "x64" ? "amd64" : process.arch;
const nodes = ["multi", "agent1", "agent2"] as const;
let world: World;
let lab: DrivenLab;
let before: Snapshot;

shareLab(test, {
  async ready(shared) {
    ({ world, lab } = shared);
    before = await lab.snapshot();
  },
});

realTest("the first plan names every stage down to the registry, and touches nothing", async () => {
  const { exitCode, stdout } = await lab.npm("lab:plan", ["--json", "--exit-code"]);
  assert.is(exitCode, 4);
  const { stages } = JSON.parse(stdout) as Plan;
  assert.equal(
    stages.map(({ stage }) => stage),
    ["host-network", "machines", "cluster", "registry"],
  );
  for (const { stage, actions } of stages) assert.ok(actions.length > 0, `${stage} has something to do`);
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
});

realTest("commands that need a lab report that there is none yet", async () => {
  for (const [script, args] of [
    ["lab:status", []],
    ["kubectl", ["get", "nodes"]],
    ["lab:exec", ["multi", "true"]],
  ] as const) {
    const { exitCode, stderr } = await lab.npm(script, args);
    assert.is(exitCode, 1, script);
    assert.match(stderr, "there is no lab yet. Run `npm run lab:up` first.");
  }
});

realTest("the first lab:up does what lab:plan shows, and nothing else", async () => {
  const { exitCode, events, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.ok(events.filter(({ event }) => event === "action-started").length > 20);
});

realTest("lab:up ends with a summary of a lab that works", async () => {
  const stdout = await lab.npmOk("lab:up");
  for (const line of [/multi +server +10\.\d/, /agent1 +agent/, /agent2 +agent/, /K3s +v1\.\S+ from Go modules/]) {
    assert.match(stdout, line);
  }
  assert.match(stdout, `"insecure-registries": ["multi:5000"`);
  assert.match(stdout, join(lab.dir, ".lab/kubeconfig"));
});

realTest("three nodes are Ready, with addresses of the LAN", async () => {
  assert.equal(await readyNodes(lab), nodes.toSorted());
  const { items } = await lab.kubectlJson<List<KubeNode>>("get", "nodes");
  const addresses = items.flatMap(({ status }) =>
    (status?.addresses ?? []).filter(({ type }) => type === "InternalIP"),
  );
  const wanted = lab.state<{ addresses: Record<string, string> }>("host-network.json").addresses;
  assert.equal(addresses.map(({ address }) => address).toSorted(), Object.values(wanted).toSorted());
});

realTest("secrets are their owner's alone, and in no process's arguments", async () => {
  for (const file of ["kubeconfig", "secrets.json"]) {
    assert.is(statSync(join(lab.dir, ".lab", file)).mode & 0o777, 0o600, file);
  }
  const secrets = Object.values(lab.state<Record<string, unknown>>("secrets.json")).filter(
    (value) => typeof value === "string",
  );
  assert.ok(secrets.length >= 2);
  const { stdout: logs } = await world.host.run("sh", [
    "-c",
    `cat ${lab.dir}/.lab/logs/* /proc/[0-9]*/cmdline | tr '\\0' ' '`,
  ]);
  for (const secret of secrets) assert.not.ok(logs.includes(secret));
  for (const [node, files] of [
    ["multi", ["/etc/rancher/k3s/k3s.yaml", "/etc/rancher/k3s/config.yaml", "/var/lib/rancher/k3s/server/token"]],
    ["agent1", ["/etc/rancher/k3s/config.yaml", "/etc/systemd/system/k3s-agent.service.env"]],
  ] as const) {
    const modes = await lab.npmOk("lab:exec", [node, "stat", "-L", "-c", "%a", ...files]);
    assert.is(modes.trim().replaceAll("\n", " "), files.map(() => "600").join(" "), node);
  }
});

realTest("each node's route and resolver are right", async () => {
  const { gateway } = lab.state<{ gateway: string }>("host-network.json");
  for (const node of nodes) {
    assert.is(
      (await lab.npmOk("lab:exec", [node, "ip", "-4", "route", "show", "default"])).trim(),
      `default via ${gateway} dev eth0`,
    );
    assert.is((await lab.npmOk("lab:exec", [node, "cat", "/etc/resolv.conf"])).trim(), "nameserver 192.168.77.1");
  }
});

realTest("names that lab.yaml adds reach a node, its own lines stay, and K3s is not restarted", async () => {
  const inside = async (script: string) => (await lab.npmOk("lab:exec", ["agent1", "sh", "-ec", script])).trim();
  const started = "systemctl show -p ActiveEnterTimestampMonotonic k3s-agent";
  await inside("echo '10.9.9.9 mine' >>/etc/hosts");
  const since = await inside(started);
  lab.configure(
    "network:\n  search: [corp.example]\n  hostAliases: [{ ip: 192.168.77.1, hostnames: [registry.corp] }]\n",
  );
  await lab.npmOk("lab:up");
  assert.match(await inside("getent hosts registry.corp"), "192.168.77.1");
  assert.match(await inside("getent hosts mine"), "10.9.9.9");
  assert.is(await inside("cat /etc/resolv.conf"), "search corp.example\nnameserver 192.168.77.1");
  assert.is(await inside(started), since);
  lab.configure("");
  await lab.npmOk("lab:up");
  assert.is(await inside("getent hosts registry.corp || getent hosts mine"), "10.9.9.9        mine");
  await inside("sed -i '/mine$/d' /etc/hosts");
});

realTest("a command in a machine gets its input and gives its exit code", async () => {
  const { exitCode, stdout } = await lab.npm("lab:exec", ["agent1", "sh", "-c", "cat; exit 7"], { input: "hello" });
  assert.is(exitCode, 7);
  assert.is(stdout, "hello");
  const { exitCode: wrong, stderr } = await lab.npm("lab:exec", ["agent9", "true"]);
  assert.is(wrong, 2);
  assert.match(stderr, "expected a machine's name (multi, agent1, agent2), seen: agent9");
});

realTest("a second lab:up does nothing, and a plan is empty", async () => {
  await upChangesNothing(lab);
  const { exitCode, stdout } = await lab.npm("lab:plan", ["--exit-code"]);
  assert.is(exitCode, 0, stdout);
});

realTest("status shows how the lab is, in JSON too", async () => {
  const status = JSON.parse(await lab.npmOk("lab:status", ["--json"]));
  assert.is(status.state, "up");
  assert.equal(
    status.nodes.map((node: { name: string }) => node.name),
    [...nodes],
  );
  assert.is(status.k3s.source, "modules");
  assert.match(await lab.npmOk("lab:status"), /agent2 +agent .*Ready +guarded by nftables, rejected \d/);
});

realTest("the probe names the uplink", async () => {
  const { uplink } = JSON.parse(await lab.npmOk("probe", ["--json"]));
  assert.is(uplink.name, "lan0");
  assert.is(uplink.gateway, "192.168.77.1");
});

const podsOf = (name: string) => [
  "get",
  "pods",
  "-l",
  `app=${name}`,
  "-o",
  "jsonpath={range .items[*]}{.spec.nodeName} {.status.phase}{'\\n'}{end}",
];

realTest("an image that was pushed runs on every node", async () => {
  // One of the images that K3s itself came with: it runs anywhere and needs nothing.
  const { folder } = lab.state<{ folder: string }>("cluster.json");
  const image = `oci-archive:${folder}/k3s-airgap-images-${arch}.tar:docker.io/rancher/mirrored-pause:3.6`;
  const stdout = await lab.npmOk("push", [image, "--name", "hello:1"]);
  assert.match(stdout, /^multi:5000\/hello:1\nsha256:[0-9a-f]{64}\s*$/);
  const daemonSet = {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "hello", labels: { app: "hello" } },
    spec: {
      selector: { matchLabels: { app: "hello" } },
      template: {
        metadata: { labels: { app: "hello" } },
        spec: {
          tolerations: [{ operator: "Exists" }],
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "hello", image: "multi:5000/hello:1", imagePullPolicy: "Always" }],
        },
      },
    },
  };
  await lab.npmOk("kubectl", ["apply", "-f", "-"], { input: JSON.stringify(daemonSet) });
  await lab.kubectl("rollout", "status", "daemonset/hello", "--timeout=60s");
  const running = (await lab.kubectl(...podsOf("hello"))).trim().split("\n").toSorted();
  assert.equal(running, nodes.map((node) => `${node} Running`).toSorted());
});

realTest("the registry's pod can go and comes back with its images", async () => {
  await lab.kubectl("-n", "kube-system", "delete", "pod", "-l", "app=kube-registry", "--wait=true");
  await lab.kubectl("-n", "kube-system", "rollout", "status", "deployment/kube-registry", "--timeout=60s");
  const catalog = ["-e", "fetch(process.argv[1]).then((r) => r.text()).then(console.log)"];
  const { address, port } = lab.state<{ address: string; port: number }>("registry.json");
  await eventually("the registry lists hello", async () => {
    const { stdout } = await world.host.run(process.execPath, [...catalog, `http://${address}:${port}/v2/_catalog`], {
      answers: "any",
    });
    return stdout.includes('"hello"');
  });
});

const records = ["host-network.json", "machines.json", "cluster.json", "registry.json", "secrets.json"];

/** What lab:up may not change of a lab whose state is lost: machines since when they run, K3s since when, the image. */
async function keptThings(): Promise<string> {
  const started =
    "cat /proc/sys/kernel/random/boot_id; systemctl show k3s k3s-agent -p ExecMainStartTimestampMonotonic; ip -4 -br address show dev eth0";
  const ofNodes = await Promise.all(nodes.map((node) => lab.npmOk("lab:exec", [node, "sh", "-c", started])));
  const ask = "fetch(process.argv[1]).then((answer) => answer.text()).then(console.log)";
  const { endpoint } = (JSON.parse(await lab.npmOk("lab:status", ["--json"])) as { registry: { endpoint: string } })
    .registry;
  const { stdout } = await world.host.run(process.execPath, ["-e", ask, `${endpoint}/v2/_catalog`]);
  return [...ofNodes, stdout].join("\n");
}

for (const [lost, files] of [
  ...records.map((file) => [file, [file]] as const),
  ["all of its state", records] as const,
]) {
  realTest(`a lab that lost ${lost} is taken up again with its data by lab:up`, async () => {
    const kept = await keptThings();
    assert.match(kept, '"hello"');
    for (const file of files) truncateSync(join(lab.dir, ".lab", file));
    const { state } = JSON.parse((await lab.npm("lab:status", ["--json"])).stdout) as { state: string };
    assert.is(state, "up");
    assert.is((await lab.npm("lab:plan")).exitCode, 0);
    await lab.npmOk("lab:up");
    assert.is(await keptThings(), kept);
    await upChangesNothing(lab);
    for (const file of files) assert.ok(statSync(join(lab.dir, ".lab", file)).size > 0, file);
  });
}

realTest("state of another version is refused by name", async () => {
  const file = join(lab.dir, ".lab/machines.json");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(text), schema: 99 }));
  for (const script of ["lab:status", "lab:plan", "lab:up"]) {
    const { exitCode, stderr } = await lab.npm(script);
    assert.is(exitCode, 1, script);
    assert.match(stderr, /machines\.json: .*99.*\[LAB-CFG-010\]/, script);
  }
  writeFileSync(file, text);
  assert.is((await lab.npm("lab:status")).exitCode, 0);
});

realTest("the host knows the server's name, and tools find the registry", async () => {
  const { addresses } = lab.state<{ addresses: Record<string, string> }>("host-network.json");
  assert.is((await world.host.run("getent", ["hosts", "multi"])).stdout.split(/\s+/)[0], addresses.multi);
  const id = lab.state<{ lan: { bridge: string } }>("host-network.json").lan.bridge.split("-").at(-1) ?? "";
  assert.not.ok(readFileSync("/etc/hosts", "utf8").includes(id), "the hosts file of the real host was left alone");
  const hosting = await lab.kubectl(
    "-n",
    "kube-public",
    "get",
    "configmap",
    "local-registry-hosting",
    "-o",
    "jsonpath={.data.localRegistryHosting\\.v1}",
  );
  assert.match(hosting, 'host: "multi:5000"');
});

interface Network {
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly lan: { readonly bridge: string };
}

/** An address and a port of a service that does not exist, and of a pod that no node has. */
const unserved = () => lab.state<Network>("host-network.json").serviceCidr.replace(/0\.0\/\d+$/, "77.77/9");
const noPod = () => lab.state<Network>("host-network.json").podCidr.replace(/0\.0\/\d+$/, "200.9/80");

/** What becomes of connections from a node and from a pod of it: "pod 10.43.77.77/9 refused". */
async function attempts(node: string, targets: readonly string[]): Promise<readonly string[]> {
  const script = `pod="nsenter --net=$(ls -dt /run/netns/cni-* | head -n 1)"
    for from in "" "$pod"; do for to in ${targets.join(" ")}; do
      said=$($from timeout 3 bash -c "exec 3<>/dev/tcp/$to" 2>&1) && said=open
      case $said in *refused*) said=refused ;; esac
      echo "\${from:+pod} $to $said"
    done; done | sed 's/^ /node /' | sort`;
  const seen = (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim().split("\n");
  return targets.flatMap((to) => seen.filter((line) => line.includes(` ${to} `)));
}

const refused = (targets: readonly string[]) => targets.flatMap((to) => [`node ${to} refused`, `pod ${to} refused`]);

/** How lab:status shows the guard of each node. */
async function guards() {
  interface Guard {
    readonly by: string;
    readonly faults: readonly string[];
    readonly rejected: { readonly services: { readonly tcpReset: number } };
  }
  const { stdout } = await lab.npm("lab:status", ["--json"]);
  const status = JSON.parse(stdout) as { readonly nodes: readonly { readonly name: string; readonly guard?: Guard }[] };
  return Object.fromEntries(status.nodes.map(({ name, guard }) => [name, guard]));
}

realTest("a node that reboots comes back as it was", async () => {
  // Takes away every rule on the node, kube-proxy's too; the guard's are back at once, the others with the reboot.
  await lab.npmOk("lab:exec", ["agent1", "systemctl", "restart", "nftables"]);
  assert.equal(await attempts("agent1", [unserved(), noPod()]), refused([unserved(), noPod()]));
  await lab.npm("lab:exec", ["agent1", "systemctl", "reboot"]);
  const bootOf = async () =>
    (await lab.npm("lab:exec", ["agent1", "sh", "-c", "ip -4 route show default; systemctl is-active k3s-agent"]))
      .stdout;
  await eventually("agent1's K3s runs again", async () => (await bootOf()).includes("\nactive"));
  const { gateway } = lab.state<{ gateway: string }>("host-network.json");
  assert.match(await bootOf(), `default via ${gateway} dev eth0`);
  await eventually("agent1 is Ready", async () => (await readyNodes(lab)).length === 3);
  await eventually(
    "its pods run again",
    async () => (await lab.kubectl(...podsOf("hello"))).split("agent1 Running").length === 2,
  );
  assert.equal((await guards()).agent1?.faults, []);
  // Kubernetes calls node and pods ready by what it knew of them before: lab:up would wait for those that start yet.
  await eventually(
    "nothing is left to wait for",
    async () => (await lab.npm("lab:plan", ["--exit-code"])).exitCode === 0,
  );
});

realTest("a VIF that maps the cluster is no reason to change anything, and nothing of the lab reaches it", async () => {
  const { podCidr, serviceCidr, lan } = lab.state<Network>("host-network.json");
  await using vif = await world.host.connectVif({ cidrs: [podCidr, serviceCidr] });
  const leaked = () => vif.packets.filter(({ source }) => source !== "192.168.77.10");
  await upChangesNothing(lab);
  // Each node is guarded by itself, whatever has become of the host.
  await world.host.run("sh", [
    "-ec",
    `nft delete table inet k3s_lab_${lan.bridge.replace("k3slab-", "")}_guard; ip -4 rule del priority 1076 iif ${lan.bridge}`,
  ]);
  const { address, port } = lab.state<{ address: string; port: number }>("registry.json");
  const served = [serviceCidr.replace(/0\/\d+$/, "1/443"), `${address}/${port}`];
  const nowhere = [unserved(), noPod()];
  for (const seen of await Promise.all(nodes.map((node) => attempts(node, [...nowhere, ...served])))) {
    const opened = served.flatMap((to) => [`node ${to} open`, `pod ${to} open`]);
    assert.equal(seen, [...refused(nowhere), ...opened]);
  }
  assert.equal(leaked(), []);
  // Otherwise a guard that does nothing would pass, too.
  await lab.npmOk("lab:exec", ["agent1", "sh", "-c", "systemctl stop lab-node-guard; /etc/k3s-lab/node-guard remove"]);
  await attempts("agent1", [unserved()]);
  assert.ok(leaked().length > 0);
  assert.is((await guards()).agent1?.by, "nothing");
  const unguarded = leaked().length;
  assert.match((await lab.npm("lab:up")).stderr, "agent1: guard the node");
  assert.equal(await attempts("agent1", [unserved()]), refused([unserved()]));
  assert.is(leaked().length, unguarded);
});

realTest("a lab whose uplink went away stays up, leaks nothing, and is repaired by lab:up", async () => {
  await using vif = await world.host.connectVif({
    name: "tun9",
    cidrs: ["203.0.113.0/24", "0.0.0.0/1", "128.0.0.0/1"],
  });
  const connect = "timeout 1 bash -c 'echo >/dev/tcp/203.0.113.9/9'; true";
  await world.host.uplinkDown();
  await lab.npmOk("lab:exec", ["agent1", "bash", "-c", connect]);
  await lab.npmOk("lab:up");
  await lab.npmOk("lab:exec", ["agent1", "bash", "-c", connect]);
  await world.host.uplinkUp();
  await lab.npmOk("lab:up");
  await lab.npmOk("lab:exec", ["agent1", "bash", "-c", connect]);
  assert.equal(
    vif.packets.filter(({ destination, source }) => destination === "203.0.113.9" || source.startsWith("10.")),
    [],
  );
  assert.equal(await readyNodes(lab), nodes.toSorted());
});

realTest("a machine that was destroyed by hand rejoins at the next lab:up", async () => {
  const id = lab.state<{ lan: { bridge: string } }>("host-network.json").lan.bridge.split("-").at(-1) ?? "";
  const machines = `/var/lib/k3s-lab/${id}/machines`;
  await world.host.run("lxc-stop", ["-n", "agent2", "-P", machines, "-k"]);
  await world.host.run("rm", ["-rf", "--one-file-system", `${machines}/agent2`]);
  const { plan, differences } = await planThenUp(lab);
  assert.match(JSON.stringify(plan.stages), "agent2: ");
  assert.equal(differences, []);
  assert.equal(await readyNodes(lab), nodes.toSorted());
});

realTest("a killed K3s is repaired, and so is a stopped one", async () => {
  await lab.npmOk("lab:exec", ["multi", "systemctl", "kill", "-s", "KILL", "k3s"]);
  await lab.npmOk("lab:exec", ["agent1", "systemctl", "stop", "k3s-agent"]);
  await lab.npmOk("lab:up");
  await eventually("all nodes are Ready", async () => (await readyNodes(lab)).length === 3);
});

realTest("an agent that lab.yaml adds joins, and one that it drops leaves, as lab:plan shows", async () => {
  const yaml = ["multi, role: server", "agent1", "agent3"].map((node) => `  - { name: ${node} }\n`).join("");
  lab.configure(`nodes:\n${yaml}`);
  const restarts = () =>
    lab.npmOk("lab:exec", ["agent1", "systemctl", "show", "k3s-agent", "-p", "ExecMainStartTimestampMonotonic"]);
  const started = await restarts();
  assert.equal((await planThenUp(lab)).differences, []);
  assert.equal(await readyNodes(lab), ["agent1", "agent3", "multi"]);
  assert.is(await restarts(), started, "agent1 was left alone");
});

realTest("another port of the registry is taken over as lab:plan shows", async () => {
  lab.configure(
    `nodes:\n${["multi, role: server", "agent1", "agent3"].map((node) => `  - { name: ${node} }\n`).join("")}registry: { port: 5001 }\n`,
  );
  const { exitCode, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  const { endpoint } = (JSON.parse(await lab.npmOk("lab:status", ["--json"])) as { registry: { endpoint: string } })
    .registry;
  assert.match(endpoint, /:5001$/);
  await upChangesNothing(lab);
});

realTest("lab:down leaves the host as it was", async () => {
  const stdout = await lab.npmOk("lab:down");
  assert.match(stdout, "The lab is gone");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
  assert.not.ok(existsSync(join(lab.dir, ".lab")));
  assert.match(await lab.npmOk("lab:down"), "There was no lab");
});

test.run();
