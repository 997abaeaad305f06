import { parseCidr } from "@k3s-lab/ip";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { hostNetworkRecord } from "@k3s-lab/host-network";
import { labDigest, LabState } from "@k3s-lab/lab";
import { systemDir } from "@k3s-lab/host";
import type { Event } from "@k3s-lab/steps";
import {
  emulateHost,
  eventually,
  lan,
  makeAuthority,
  type MadeAuthority,
  type World,
  rootOnly,
  isRoot,
} from "@k3s-lab/testbed";
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
const env = {
  K3S_LAB_CONFIG: join(dir, "lab.yaml"),
  K3S_LAB_REPORT: "json",
  // A machine that lab.yaml no longer names is removed unasked, as by `lab:up -- --yes`.
  K3S_LAB_AGREED: "1",
  KUBECONFIG: state.path("kubeconfig"),
};
const bridge = `k3slab-${id}`;
const anchors = "/usr/local/share/ca-certificates";
/** Stays in lab.yaml throughout. */
const aliases = "network: {hostAliases: [{ip: 192.0.2.5, hostnames: [registry.corp]}]}\n";
let world: World;
let corp: MadeAuthority;
let team: MadeAuthority;

test.before(async () => {
  if (!isRoot) return;
  writeFileSync(env.K3S_LAB_CONFIG, aliases);
  // In the host's own network: the world beyond has none.
  for (const name of ["machines", "cluster"]) {
    await run(process.execPath, [stageProgram, name, "fetch"], { env, timeout: 20 * 60_000 });
  }
  world = await emulateHost();
  const addresses = { multi: "10.76.0.10", agent1: "10.76.0.11", agent2: "10.76.0.12" };
  const { podCidr, serviceCidr, clusterDns } = network;
  const made = {
    uplink: null,
    routes: [],
    lan: { kind: "private" as const, bridge, subnet: parseCidr("10.76.0.0/24") },
    gateway: "10.76.0.1",
    hostAddress: "10.76.0.1",
  };
  state.write(hostNetworkRecord, {
    ...made,
    resolvers: [lan.routerAddress],
    addresses,
    podCidr,
    serviceCidr,
    clusterDns,
  });
  // The host's own authorities are those of this test.
  corp = await makeAuthority(dir, "Corp Root", "10.76.0.1");
  team = await makeAuthority(dir, "Team Root", "10.76.0.1");
  await host(`mount -t tmpfs tmpfs ${anchors} && cp '${corp.file}' ${anchors}/corp.crt`);
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

const eventsIn = (output: string): readonly Event[] =>
  output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);

type Shell = Readonly<Record<string, string>>;
const longest = 5 * 60_000;

const makeMachines = () => world.host.run(process.execPath, [stageProgram, "machines", "up"], { env });

interface Outcome {
  readonly exitCode: number;
  readonly actions: readonly string[];
  readonly problem: string | undefined;
}

/** Runs the stages' own programs, as lab:up does. */
async function up(shell: Shell = {}): Promise<Outcome> {
  await makeMachines();
  const options = { env: { ...env, ...shell }, answers: "any", timeout: longest } as const;
  const { exitCode, stdout } = await world.host.run(process.execPath, [stageProgram, "cluster", "up"], options);
  const events = eventsIn(stdout);
  return {
    exitCode,
    actions: events.flatMap((event) => (event.event === "action-started" ? [event.action] : [])),
    problem: events.flatMap((event) => (event.event === "problem" ? [event.message] : []))[0],
  };
}

/** Runs the cluster's stage, and kills it with all that it has started as soon as an action has ended. */
async function killedAfter(action: RegExp, shell: Shell): Promise<void> {
  const kill = new AbortController();
  const onLine = (line: string) => {
    const ended = line.startsWith("{") ? eventsIn(line) : [];
    if (ended.some((event) => event.event === "action-ended" && event.ok && action.test(event.action))) kill.abort();
  };
  const options = { env: { ...env, ...shell }, timeout: longest, onLine, signal: kill.signal };
  const killed = world.host.run(process.execPath, [stageProgram, "cluster", "up"], options);
  const { message } = await killed.then(
    () => new Error("ended by itself"),
    (error: Error) => error,
  );
  assert.match(message, "was interrupted");
}

async function succeeds(shell?: Shell): Promise<readonly string[]> {
  const { exitCode, actions, problem } = await up(shell);
  assert.is(exitCode, 0, problem ?? "");
  return actions;
}

/** Runs a pod on a node until it is Ready. */
async function runPod(name: string, node: string): Promise<void> {
  const image = "docker.io/rancher/mirrored-pause:3.6";
  const overrides = JSON.stringify({ spec: { nodeName: node } });
  await kubectl(`run ${name} --image=${image} --image-pull-policy=Never --overrides='${overrides}'`);
  await kubectl(`wait --for=condition=Ready --timeout=60s pod/${name}`);
}

const listen = `require("http").createServer((_, answer) => answer.end()).listen(3128, () => console.log("listening"))`;

const kubectl = (args: string) => host(`node --import tsx ${join(packages, "cluster/test/kubectl.ts")} ${args}`);

async function readyNodes(): Promise<readonly string[]> {
  const lines = (await kubectl("get nodes --no-headers")).split("\n");
  return lines.map((line) => line.split(/ +/).slice(0, 2).join(" "));
}

const rootTest = rootOnly("cluster in an emulated host", test);

/** A proxy on the host's loopback and on every other address. */
const proxied = { HTTPS_PROXY: "http://me:p%40ss'word$1@127.0.0.1:3128", NO_PROXY: "intranet" };

const serverFolder = "/var/lib/rancher/k3s/server";
const ownConfig = "/etc/rancher/k3s/config.yaml.d";
const agents = ["agent1", "agent2"];
/** The SHA-256 of the authority's certificate, and the processes of agents, from before K3s has run on the server. */
let authority = "";
let waiting: readonly string[] = [];

const authoritySum = async () => (await at("multi", `sha256sum ${serverFolder}/tls/server-ca.crt`)).split(" ")[0] ?? "";
const agentProcesses = () => Promise.all(agents.map((name) => at(name, "systemctl show -P MainPID k3s-agent")));

rootTest(
  "an authority that was left half written is made anew, by a run that is killed before K3s starts",
  async () => {
    await world.host.background("node", ["-e", listen], { ready: /^listening$/ });
    await makeMachines();
    await at(
      "multi",
      `umask 077; mkdir -p ${serverFolder}/tls.part; echo half >${serverFolder}/tls.part/server-ca.key`,
    );
    // With this the server cannot start, however late the kill is.
    await at("multi", `mkdir -p ${ownConfig}; echo 'nonsense: true' >${ownConfig}/own.yaml`);
    await killedAfter(/^multi: install K3s /, proxied);
    const folder = await at("multi", `cd ${serverFolder}; find . | sort`);
    assert.equal(folder.split("\n"), [".", "./tls", "./tls/server-ca.crt", "./tls/server-ca.key"]);
    const [ofCertificate, ofKey] = await Promise.all([
      at("multi", `openssl x509 -in ${serverFolder}/tls/server-ca.crt -noout -pubkey`),
      at("multi", `openssl pkey -in ${serverFolder}/tls/server-ca.key -pubout`),
    ]);
    assert.is(ofCertificate, ofKey);
    authority = await authoritySum();
  },
);

rootTest("the next run goes on with that authority: where the server cannot start, agents wait for it", async () => {
  const { exitCode, problem } = await up(proxied);
  assert.is(exitCode, 1);
  assert.match(problem ?? "", /^multi: K3s does not start[^]*unknown key "nonsense"/);
  assert.is(await at("multi", `ls ${serverFolder}`), "tls");
  for (const name of agents) {
    assert.is(await at(name, "systemctl is-active k3s-agent"), "active", name);
    assert.match(await at(name, "cat /etc/rancher/k3s/token"), `K10${authority}::`, name);
  }
  waiting = await agentProcesses();
});

rootTest("makes three Ready nodes, and the second run, from a shell without the proxy, has nothing to do", async () => {
  await at("multi", `rm -r ${ownConfig}`);
  await succeeds(proxied);
  assert.equal(await readyNodes(), ["agent1 Ready", "agent2 Ready", "multi Ready"]);
  assert.equal(await succeeds(), []);
  // Those that had waited have joined by themselves.
  assert.is(await authoritySum(), authority);
  assert.equal(await agentProcesses(), waiting);
});

rootTest(
  "the host, and what lab.yaml names, have names in nodes, and by the cluster's DNS server in pods",
  async () => {
    const names = ["host.k3s-lab.internal", "registry.corp"];
    assert.match(await at("agent1", `getent hosts ${names.join(" ")}`), /^10\.76\.0\.1\s[^]*^192\.0\.2\.5\s/m);
    const pid = (await host(`lxc-info -n agent1 -P ${machinesDir} -pH`)).trim();
    const ask = `const resolver = new (require("dns").promises.Resolver)({ timeout: 2000, tries: 2 });
    resolver.setServers(["${network.clusterDns}"]);
    const found = ${JSON.stringify(names)}.map((name) => resolver.resolve4(name).catch(({ code }) => code));
    Promise.all(found).then((all) => console.log(all.join()));`;
    const look = async () => (await host(`nsenter -t ${pid} -n ${process.execPath} -e '${ask}'`)).trim();
    await eventually("CoreDNS has read the names", async () => (await look()) === "10.76.0.1,192.0.2.5", {
      within: 120_000,
    });
  },
);

rootTest("a pod of an agent reaches CoreDNS on another node, which the next run looks at, too", async () => {
  const dnsPod = "-n kube-system get pods -l k8s-app=kube-dns -o jsonpath=";
  const agent = (await kubectl(`${dnsPod}{.items[0].spec.nodeName}`)) === "agent1" ? "agent2" : "agent1";
  await runPod("probe", agent);
  const dns = await kubectl(`${dnsPod}{.items[0].status.podIP}`);
  await at(agent, `nsenter --net=$(ls -d /run/netns/cni-*) ping -c 1 -w 10 ${dns}`);
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

rootTest(
  "the server's authority was made on it, its key is for root alone, and no later run makes another",
  async () => {
    const { stdout } = await world.host.run("sh", ["-c", `cat ${state.dir}/*.json`]);
    assert.not.match(stdout, "PRIVATE KEY");
    assert.is(
      await at("multi", `cd ${serverFolder}; stat -c '%a %n' . tls tls/server-ca.key`),
      "700 .\n700 tls\n600 tls/server-ca.key",
    );
    const certificate = await at(
      "multi",
      `openssl x509 -in ${serverFolder}/tls/server-ca.crt -noout -ext basicConstraints,keyUsage`,
    );
    assert.match(certificate, "CA:TRUE");
    assert.match(certificate, "Certificate Sign");
    const sum = await authoritySum();
    for (const [node, file] of [
      ["agent1", "/etc/rancher/k3s/token"],
      ["multi", `${serverFolder}/agent-token`],
    ] as const) {
      assert.match(await at(node, `cat ${file}`), `K10${sum}::`, node);
    }
    // Where K3s has begun a cluster, even if not all of it is there, another authority would be fatal.
    const script = join(packages, "cluster/shell/make-authority.sh");
    for (const there of ["tls", "db"]) {
      await at("multi", `mkdir -p /tmp/begun/${there}`);
      await world.host.run("lxc-attach", ["-n", "multi", "-P", machinesDir, "--", "sh", "-s", "/tmp/begun"], {
        input: readFileSync(script, "utf8"),
      });
      assert.is(await at("multi", "find /tmp/begun -type f; rm -r /tmp/begun"), "");
    }
  },
);

rootTest("nodes reach a proxy of the host's loopback, whose password no other user can read", async () => {
  const [environment] = [await at("agent1", "tr '\\0' '\\n' </proc/$(pidof -s k3s-agent k3s | cut -d' ' -f1)/environ")];
  assert.match(environment, "\nHTTPS_PROXY=http://me:p%40ss'word$1@10.76.0.1:3128\n");
  assert.match(environment, /\nNO_PROXY=intranet,.*,10\.76\.0\.0\/24,.*,multi\n/);
  const proxy = "exec 3<>/dev/tcp/10.76.0.1/3128; printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3";
  assert.match(await at("agent1", `timeout 5 bash -c "${proxy}"`), "HTTP/1.1 200");
  assert.is(await host(`stat -c %a ${state.path("proxies")}`), "600");
  // Where the record is lost, nodes keep what they have.
  rmSync(state.path("proxies"));
  assert.equal(await succeeds(), ["record that nodes use HTTPS_PROXY http://[redacted]@10.76.0.1:3128"]);
  const told = await host(`cat /proc/[0-9]*/cmdline | tr '\\0' ' '; cat ${state.dir}/c*.json ${state.dir}/m*.json`);
  assert.not.ok(`${told}${await at("agent1", "journalctl -q --no-pager")}`.includes("p%40ss"));
});

/** Starts a registry that has nothing, by HTTPS; returns what containerd on an agent reports of it. */
async function pullFrom({ server }: MadeAuthority, port: number): Promise<string> {
  const options = JSON.stringify(server);
  const program = `require("https").createServer(${options}, (_, answer) => answer.writeHead(404).end()).listen(${port}, () => console.log("listening"))`;
  await using _registry = await world.host.background("node", ["-e", program], { ready: /^listening$/ });
  return await at("agent1", `crictl pull 10.76.0.1:${port}/x 2>&1 || true`);
}

rootTest("nodes and containerd trust the authority that the host's administrator has added, and no other", async () => {
  assert.match(await pullFrom(corp, 8443), "not found");
  assert.match(await pullFrom(team, 8444), "certificate signed by unknown authority");
  const verify = "openssl verify -CApath /etc/ssl/certs /etc/k3s-lab/certificates.pem";
  assert.match(await at("agent1", verify), ": OK");
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

const certificates = "host: {certificates: [Team Root-ca.pem]}\n";

rootTest("another registry and another authority restart K3s, and containers outlive that", async () => {
  const containers = () => at("multi", "pgrep -x coredns; pgrep -f containerd-shim | wc -l");
  const before = await containers();
  writeFileSync(env.K3S_LAB_CONFIG, `${aliases}${certificates}registry: {port: 5001}\n`);
  const actions = await succeeds();
  for (const name of ["multi", "agent1", "agent2"]) {
    assert.ok(
      actions.includes(`${name}: restart K3s, because what it was started with has changed`),
      actions.join("\n"),
    );
  }
  assert.ok(actions.includes("agent1: trust Corp Root, Team Root"), actions.join("\n"));
  assert.match(await pullFrom(team, 8444), "not found");
  assert.match(await at("agent2", "cat /etc/rancher/k3s/registries.yaml"), '"multi:5001"');
  assert.is(await containers(), before);
  assert.equal(await succeeds(), []);
});

rootTest("a K3s that was killed and a node that was deleted are repaired", async () => {
  // With a pod that would keep an address of the pod CIDR that the node had.
  await kubectl("cordon multi agent2");
  await kubectl("create deployment held --image=docker.io/rancher/mirrored-pause:3.6");
  await kubectl("wait --for=condition=Available --timeout=60s deployment/held");
  await kubectl("uncordon multi agent2");
  await at("agent2", "systemctl kill -s KILL k3s-agent; systemctl stop k3s-agent");
  await kubectl("delete node agent1");
  assert.equal(await succeeds(), [
    "agent1: start the K3s agent and join multi",
    "agent2: start the K3s agent and join multi",
    "wait until every node is Ready and CoreDNS answers a pod",
  ]);
  assert.equal(await readyNodes(), ["agent1 Ready", "agent2 Ready", "multi Ready"]);
  await kubectl("wait --for=condition=Available --timeout=60s deployment/held");
  const [node, ip] = (
    await kubectl(`get pods -l app=held -o jsonpath='{.items[0].spec.nodeName} {.items[0].status.podIP}'`)
  ).split(" ");
  const cidr = await kubectl(`get node ${node} -o jsonpath={.spec.podCIDR}`);
  assert.ok(parseCidr(cidr).contains(ip ?? ""), `${ip} in ${cidr} of ${node}`);
  await kubectl("delete deployment held");
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
  const nodes = "nodes: [{name: multi, role: server}, {name: agent1}]\n";
  writeFileSync(env.K3S_LAB_CONFIG, `${aliases}${certificates}registry: {port: 5001}\n${nodes}`);
  const actions = await succeeds();
  // The machines' stage has drained it and taken it out before it has removed its machine.
  assert.equal(actions, []);
  assert.equal(await readyNodes(), ["agent1 Ready", "multi Ready"]);
  // What the host no longer trusts, nodes do not trust either.
  await host(`rm ${anchors}/corp.crt`);
  writeFileSync(env.K3S_LAB_CONFIG, `${aliases}registry: {port: 5001}\n${nodes}`);
  const removal = await succeeds();
  assert.ok(removal.includes("agent1: no longer trust the host's own certificate authorities"), removal.join("\n"));
  assert.match(await pullFrom(corp, 8443), "certificate signed by unknown authority");
  assert.is(await at("agent1", "ls /etc/ssl/certs | grep -c k3s-lab || true"), "0");
  assert.equal(await succeeds(), []);
});

rootTest("an agent whose server was destroyed by hand leaves its cluster, with all pods, for the new one", async () => {
  await runPod("former", "agent1");
  const bridgeOfPods = () => at("agent1", "cat /sys/class/net/cni0/ifindex");
  const former = await bridgeOfPods();
  await host(`lxc-stop -k -n multi -P ${machinesDir} && rm -r ${machinesDir}/multi`);
  const actions = await succeeds();
  assert.ok(actions.includes("agent1: start the K3s agent and join multi"), actions.join("\n"));
  assert.equal(await readyNodes(), ["agent1 Ready", "multi Ready"]);
  assert.match(await at("agent1", "cat /etc/rancher/k3s/token"), `K10${await authoritySum()}::`);
  // Its kubelet forgets it within a minute.
  assert.not.match(await at("agent1", "crictl pods"), /\sReady +former/);
  await runPod("latter", "agent1");
  assert.is.not(await bridgeOfPods(), former);
  assert.equal(await succeeds(), []);
});

test.run();
