// From nothing to a lab and back, on an emulated host without any network beyond its own, as an offline user would.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, emulateHost, type Snapshot, type World } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab, eventually, readyNodes } from "./drive-lab.js";

const test = suite("a lab from nothing");
const canRun = process.platform === "linux" && process.getuid?.() === 0;
const realTest = canRun ? test : test.skip;
if (!canRun) console.log("a lab from nothing: skipped, needs root on Linux");

const arch = process.arch === "x64" ? "amd64" : process.arch;
const nodes = ["multi", "agent1", "agent2"] as const;
let world: World;
let lab: DrivenLab;
let before: Snapshot;

test.before(async () => {
  if (!canRun) return;
  world = await emulateHost();
  lab = await driveLab(world.host);
  before = await lab.snapshot();
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

interface Plan {
  readonly stages: readonly { readonly stage: string; readonly actions: readonly string[] }[];
}

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

realTest("what works on a lab says that there is none yet", async () => {
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

realTest("lab:up ends with a summary of a lab that works", async () => {
  const stdout = await lab.npmOk("lab:up");
  for (const line of [/multi +server +10\.\d/, /agent1 +agent/, /agent2 +agent/, /K3s +v1\.\S+ from Go modules/]) {
    assert.match(stdout, line);
  }
  assert.match(stdout, `"insecure-registries": ["multi:5000"`);
  assert.match(stdout, join(lab.dir, ".lab/kubeconfig"));
});

interface NodeList {
  readonly items: readonly {
    readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
  }[];
}

realTest("three nodes are Ready, with addresses of the LAN", async () => {
  assert.equal(await readyNodes(lab), nodes.toSorted());
  const { items } = await lab.kubectlJson<NodeList>("get", "nodes");
  const addresses = items.flatMap(({ status }) => status.addresses.filter(({ type }) => type === "InternalIP"));
  const wanted = lab.state<{ addresses: Record<string, string> }>("host-network.json").addresses;
  assert.equal(addresses.map(({ address }) => address).toSorted(), Object.values(wanted).toSorted());
});

realTest("secrets are their owner's alone, and in nobody's arguments", async () => {
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

realTest("a command in a machine gets its input and gives its exit code", async () => {
  const { exitCode, stdout } = await lab.npm("lab:exec", ["agent1", "sh", "-c", "cat; exit 7"], { input: "hello" });
  assert.is(exitCode, 7);
  assert.is(stdout, "hello");
  const { exitCode: wrong, stderr } = await lab.npm("lab:exec", ["agent9", "true"]);
  assert.is(wrong, 2);
  assert.match(stderr, "expected a machine's name (multi, agent1, agent2), seen: agent9");
});

realTest("a second lab:up does nothing, and a plan is empty", async () => {
  assert.match(await lab.npmOk("lab:up"), "nothing had to be done");
  const { exitCode, stdout } = await lab.npm("lab:plan", ["--exit-code"]);
  assert.is(exitCode, 0, stdout);
});

realTest("status says how the lab is, in JSON too", async () => {
  const status = JSON.parse(await lab.npmOk("lab:status", ["--json"]));
  assert.is(status.state, "up");
  assert.equal(
    status.nodes.map((node: { name: string }) => node.name),
    [...nodes],
  );
  assert.is(status.k3s.source, "modules");
  assert.match(await lab.npmOk("lab:status"), /agent2 +agent .*Ready/);
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
  const { endpoint } = lab.state<{ endpoint: string }>("registry.json");
  await eventually("the registry lists hello", async () => {
    const { stdout } = await world.host.run(process.execPath, [...catalog, `${endpoint}/v2/_catalog`], {
      answers: "any",
    });
    return stdout.includes('"hello"');
  });
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

realTest("a node that reboots comes back as it was", async () => {
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
});

realTest("a VIF that maps the cluster is no reason to change anything, and nothing of the lab reaches it", async () => {
  const { podCidr, serviceCidr } = lab.state<{ podCidr: string; serviceCidr: string }>("host-network.json");
  await using vif = await world.host.connectVif({ cidrs: [podCidr, serviceCidr] });
  assert.match(await lab.npmOk("lab:up"), "nothing had to be done");
  const unserved = serviceCidr.replace(/\d+\.\d+\/\d+$/, "77.77");
  const connect = `timeout 2 bash -c 'echo >/dev/tcp/${unserved}/9'; echo $?`;
  for (const node of nodes) assert.not.match(await lab.npmOk("lab:exec", [node, "bash", "-c", connect]), /^0$/m);
  assert.equal(
    vif.packets.filter(({ source }) => source !== "192.168.77.10"),
    [],
  );
});

realTest("a lab whose uplink went away stays up, leaks nothing, and is mended by lab:up", async () => {
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
  assert.match((await lab.npm("lab:plan")).stdout, /agent2: /);
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), nodes.toSorted());
});

realTest("a killed K3s is mended, and so is a stopped one", async () => {
  await lab.npmOk("lab:exec", ["multi", "systemctl", "kill", "-s", "KILL", "k3s"]);
  await lab.npmOk("lab:exec", ["agent1", "systemctl", "stop", "k3s-agent"]);
  await lab.npmOk("lab:up");
  await eventually("all nodes are Ready", async () => (await readyNodes(lab)).length === 3);
});

realTest("an agent that lab.yaml names anew joins, and one that it names no more goes", async () => {
  const yaml = ["multi, role: server", "agent1", "agent3"].map((node) => `  - { name: ${node} }\n`).join("");
  lab.configure(`nodes:\n${yaml}`);
  const restarts = () =>
    lab.npmOk("lab:exec", ["agent1", "systemctl", "show", "k3s-agent", "-p", "ExecMainStartTimestampMonotonic"]);
  const started = await restarts();
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), ["agent1", "agent3", "multi"]);
  assert.is(await restarts(), started, "agent1 was left alone");
});

realTest("lab:down leaves the host as it was", async () => {
  const stdout = await lab.npmOk("lab:down");
  assert.match(stdout, "The lab is gone");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
  assert.not.ok(existsSync(join(lab.dir, ".lab")));
  assert.match(await lab.npmOk("lab:down"), "There was no lab");
});

test.run();
