// doctor on a real lab: nothing is wrong with a healthy one; each thing that is broken by hand is found, and what is safe
// to repair is repaired, as the world shows.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Report } from "@k3s-lab/doctor";
import { type World, rootOnly } from "@k3s-lab/testbed";
import { type DrivenLab, eventually, root } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";

const test = suite("doctor");
const realTest = rootOnly("doctor", test);

const two = "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n";
let world: World;
let lab: DrivenLab;

shareLab(test, {
  // What a lab's images come from has an address here, though nothing answers there.
  yaml: two,
  host: { names: { "registry-1.docker.io": "192.168.77.1" } },
  ready: (shared) => ({ world, lab } = shared),
});

interface Network {
  readonly gateway: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly resolvers: readonly string[];
  readonly lan: { readonly bridge: string };
}

const network = () => lab.state<Network>("host-network.json");
const id = () => network().lan.bridge.replace("k3slab-", "");
const host = async (script: string) => (await world.host.run("sh", ["-ec", script])).stdout.trim();
const inside = async (script: string) => (await lab.npmOk("lab:exec", ["agent1", "sh", "-ec", script])).trim();

interface Output extends Report {
  readonly code: number;
  /** "error R8 agent1" */
  readonly found: readonly string[];
  readonly stderr: string;
}

/** Runs doctor, and returns all that `--json` prints. */
async function doctor(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Output> {
  const { exitCode, stdout, stderr } = await lab.npm("doctor", ["--json", ...args], { env });
  const report = parse(stdout, stderr);
  const found = report.findings.map(({ severity, rule, subject }) => `${severity} ${rule} ${subject}`).toSorted();
  return { ...report, code: exitCode, found, stderr };
}

function parse(stdout: string, stderr: string): Report {
  try {
    return JSON.parse(stdout) as Report;
  } catch (cause) {
    throw new Error(`doctor printed no JSON alone:\n${stdout}\n${stderr}`, { cause });
  }
}

/** Makes the experiment; once more where the machine was so busy that an attempt timed out. */
async function proven(verdict: "safe" | "loops"): Promise<Output> {
  let seen = await doctor();
  for (let again = 0; again < 3 && seen.canary?.verdict === "unproven"; again++) seen = await doctor();
  assert.is(seen.canary?.verdict, verdict, JSON.stringify(seen.findings));
  return seen;
}

/** Expects that what is broken is found and repaired, and that nothing is wrong then. */
async function repaired(expected: readonly string[]): Promise<Output> {
  const sick = await doctor(["--no-probe"]);
  assert.equal(sick.found, expected.toSorted());
  assert.is(sick.code, expected.some((each) => each.startsWith("error")) ? 1 : 0);
  const well = await doctor(["--fix", "--no-probe"]);
  assert.equal(well.found, [], well.stderr);
  assert.is(well.code, 0);
  assert.ok(well.fixed.length > 0);
  for (const sentence of well.fixed) assert.match(well.stderr, `  ${sentence}\n`);
  return well;
}

realTest("before there is a lab, only the host is looked at", async () => {
  const { code, found, lab: of, checked } = await doctor();
  assert.equal({ code, found, state: of.state }, { code: 0, found: [], state: "absent" });
  assert.ok(checked > 0);
});

realTest("nothing is wrong with a lab that lab:up has made, and every rule is checked", async () => {
  await lab.npmOk("lab:up");
  const seen = await proven("safe");
  assert.equal(seen.found, []);
  assert.equal(seen.unchecked, []);
  assert.equal({ code: seen.code, ok: seen.ok, fixed: seen.fixed }, { code: 0, ok: true, fixed: [] });
  const { exitCode, stdout } = await lab.npm("doctor");
  assert.is(exitCode, 0);
  assert.match(stdout, /^No request loops, as an experiment has shown \(from multi, .*agent1.*\)\.$/m);
  assert.match(stdout, /^Lab k3s-lab: .*; \d+ rules checked in \d+\.\d s\.$/m);
  assert.not.match(stdout, "\u001B");
});

realTest("a node without its guard", async () => {
  await inside("systemctl stop lab-node-guard; /etc/k3s-lab/node-guard remove");
  await repaired(["error R8 agent1"]);
  assert.match(
    await inside("nft list table inet k3s_lab_node_guard; systemctl is-active lab-node-guard"),
    /reject.*\nactive$/s,
  );
});

realTest(
  "a host without its guard, its rule and forwarding: with a node unguarded, too, requests would loop",
  async () => {
    const { lan } = network();
    await inside("systemctl stop lab-node-guard; /etc/k3s-lab/node-guard remove");
    await host(`nft delete table inet k3s_lab_${id()}_guard
    ip -4 rule del priority 1076 iif ${lan.bridge}; echo 0 >/proc/sys/net/ipv4/ip_forward`);
    await repaired(["R1 agent1", "R8 agent1", "R13 host", "R17 host", "R18 host"].map((each) => `error ${each}`));
    assert.match(await host(`nft list table inet k3s_lab_${id()}_guard`), `iifname != "${lan.bridge}" accept`);
    assert.match(await host(`ip -4 rule show iif ${lan.bridge}`), "lookup");
    assert.is(await host("cat /proc/sys/net/ipv4/ip_forward"), "1");
  },
);

realTest("a stale line in the hosts file", async () => {
  const { multi = "" } = lab.state<{ addresses: Record<string, string> }>("host-network.json").addresses;
  // The file is a mount: it can be written, not replaced.
  await host(`changed=$(sed 's/^${multi}\\b/${multi}9/' /etc/hosts); echo "$changed" >/etc/hosts`);
  await repaired(["error R24 /etc/hosts"]);
  assert.is((await host("getent hosts multi")).split(/\s+/)[0], multi);
});

realTest("a resolver that is the host, a second default route", async () => {
  const { gateway, resolvers } = network();
  const second = gateway.replace(/\d+$/, "99");
  await inside(`echo 'nameserver ${gateway}' >/etc/resolv.conf; ip route add default via ${second} dev eth0 metric 9`);
  await repaired(["error R6 agent1", "warning R14 agent1"]);
  assert.is(
    await inside("ip -4 route show default; cat /etc/resolv.conf"),
    [`default via ${gateway} dev eth0 `, ...resolvers.map((address) => `nameserver ${address}`)].join("\n"),
  );
});

realTest("a node that resolves no names is told from pods that do not", async () => {
  await inside("echo 'nameserver 192.168.77.99' >/etc/resolv.conf");
  const sick = await doctor();
  assert.equal(sick.found, ["warning R33 agent1"]);
  assert.match(sick.findings[0]?.seen ?? "", /^no address from 192\.168\.77\.99; its pods do$/);
  await lab.npmOk("lab:up");
  const scale = (count: number) =>
    lab.npmOk("kubectl", ["-n", "kube-system", "scale", "deployment/coredns", `--replicas=${count}`]);
  await scale(0);
  const found = async () => (await doctor()).found.filter((each) => each.includes("R34"));
  await eventually("pods resolve nothing", async () => (await found()).length === 2);
  await scale(1);
  await eventually("pods resolve names again", async () => (await found()).length === 0);
});

realTest("forwarding that is off on a node is found, and left to a person", async () => {
  await inside("echo 0 >/proc/sys/net/ipv4/ip_forward");
  assert.equal((await doctor(["--no-probe"])).found, ["error R13 agent1"]);
  const { code, fixed, found } = await doctor(["--fix", "--no-probe"]);
  assert.equal({ code, fixed, found }, { code: 1, fixed: [], found: ["error R13 agent1"] });
  await inside("echo 1 >/proc/sys/net/ipv4/ip_forward");
});

realTest("a VPN's route into the cluster is an error, a VIF that maps the cluster is not", async () => {
  const { podCidr, serviceCidr } = network();
  {
    await using _vif = await world.host.connectVif({ cidrs: [podCidr, serviceCidr] });
    const { code, found } = await doctor(["--no-probe"]);
    assert.equal({ code, found }, { code: 0, found: ["info R11 tel0"] });
  }
  await using _vpn = await world.host.connectVif({ name: "tun9", cidrs: [serviceCidr.replace(/\/\d+$/, "/20")] });
  const { code, found, fixed } = await doctor(["--fix", "--no-probe"]);
  assert.equal({ code, found, fixed }, { code: 1, found: ["error R10 tun9", "info R11 tun9"], fixed: [] });
  assert.match(await host("ip -4 route show dev tun9"), "/20", "it is the VPN's own");
});

realTest("another computer that has taken a node's address", async () => {
  const { agent1 = "" } = lab.state<{ addresses: Record<string, string> }>("host-network.json").addresses;
  const neighbour = `${agent1} dev ${network().lan.bridge}`;
  await host(`ip neigh replace ${neighbour} lladdr 02:00:00:00:00:77 nud permanent`);
  const { code, findings } = await doctor(["--no-probe"]);
  assert.is(code, 1);
  assert.match(findings.find(({ rule }) => rule === "R26")?.seen ?? "", "02:00:00:00:00:77");
  await host(`ip neigh del ${neighbour}`);
});

/** Puts a program of that name on PATH, instead of Telepresence, which cannot be installed here. */
function fakeTelepresence(script: string): Record<string, string> {
  const dir = join(lab.dir, "bin");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "telepresence"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  // It runs as the user nobody, who must reach it.
  for (const folder of [lab.dir, dir]) chmodSync(folder, 0o755);
  return { PATH: `${dir}:${process.env.PATH}`, SUDO_UID: "65534", SUDO_GID: "65534" };
}

realTest("Telepresence is asked as the user who called; what it maps of other networks is reported", async () => {
  const status = JSON.stringify({
    user_daemon: { running: true, version: "2.20.2", status: "Connected", kubernetes_context: "USER" },
    root_daemon: { running: true, subnets: [network().serviceCidr], also_proxy_subnets: ["10.76.0.0/16"] },
    traffic_manager: { version: "2.20.2" },
  });
  const env = fakeTelepresence(`[ "$*" = "status --output json" ] && echo '${status}' | sed "s/USER/uid $(id -u)/"`);
  const { code, found, telepresence } = await doctor(["--no-probe"], env);
  assert.is(telepresence[0]?.context, "uid 65534");
  assert.equal({ code, found }, { code: 1, found: ["error R31 Telepresence (uid 65534)"] });
});

realTest("a Telepresence that does not answer is given up", async () => {
  const { code, unchecked } = await doctor(["--no-probe"], fakeTelepresence("exec sleep 600"));
  assert.is(code, 0);
  assert.equal(unchecked.map(({ rule }) => rule).toSorted(), ["R31", "R5", "canary"]);
  for (const { why } of unchecked.filter(({ rule }) => rule !== "canary")) assert.match(why, "took longer than 10 s");
});

realTest("without root, what could not be checked is reported", async () => {
  // Another user, who may read what is the test's own.
  const other = ["--user", "--map-user=65534", "--map-group=65534", process.execPath];
  const script = join(root, "scripts/dist/doctor.js");
  const config = ["--config", join(lab.dir, "lab.yaml")];
  const run = (...args: readonly string[]) =>
    world.host.run("unshare", [...other, script, ...config, ...args], { answers: "any" });
  const { exitCode, stdout } = await run("--json");
  const { unchecked, findings } = JSON.parse(stdout) as Report;
  assert.is(exitCode, 0);
  assert.equal(
    findings.map(({ rule, severity }) => `${severity} ${rule}`),
    ["warning C4"],
  );
  for (const rule of ["R1", "R8", "R17", "R18"])
    assert.ok(
      unchecked.some((each) => each.rule === rule),
      rule,
    );
  assert.match((await run()).stdout, /^not checked R1, .*: looking into the nodes needs root$/m);
  assert.is((await run("--fix")).exitCode, 3);
});

realTest("a machine that was stopped is found, and started by lab:up alone", async () => {
  await host(`lxc-stop -k -n agent1 -P /var/lib/k3s-lab/${id()}/machines`);
  const { code, found } = await doctor(["--fix", "--no-probe"]);
  assert.is(code, 1);
  assert.ok(found.includes("error R27 agent1"), found.join());
  await lab.npmOk("lab:up");
  await eventually("nothing is wrong any more", async () => (await doctor(["--no-probe"])).found.length === 0);
});

realTest("a wrong command line or lab.yaml is refused", async () => {
  const { exitCode, stderr } = await lab.npm("doctor", ["--repair"]);
  assert.is(exitCode, 2);
  assert.match(stderr, "[--fix]");
  lab.configure("nodes: 3\n");
  assert.is((await lab.npm("doctor")).exitCode, 2);
  lab.configure(two);
});

test.run();
