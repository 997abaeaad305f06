// What a person sees of a lab before it changes and while it runs; and that nothing is lost without being asked for.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemDir } from "@k3s-lab/host";
import { labDigest } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, rootOnly, type World } from "@k3s-lab/testbed";
import { planThenUp } from "./compare-plan.js";
import { type DrivenLab, readyNodes } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { openTerminal } from "./tmux-terminal.js";

const test = suite("plan and status");
const realTest = rootOnly("plan and status", test);

const one = "nodes:\n  - { name: multi, role: server }\n";
const two = `${one}  - { name: agent1 }\n`;
let world: World;
let lab: DrivenLab;

shareLab(test, {
  yaml: two,
  ready: (shared) => ({ world, lab } = shared),
});

const command = (script: string, ...args: readonly string[]) => [
  "npm",
  "run",
  "-s",
  script,
  "--",
  "--config",
  join(lab.dir, "lab.yaml"),
  ...args,
];

interface Action {
  readonly on: string;
  readonly kind: string;
  readonly sentence: string;
  readonly destroys?: string;
}

interface Planned {
  readonly headline: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly replaces?: { readonly id: string };
  readonly stages: readonly { readonly actions: readonly Action[] }[];
}

interface Status {
  readonly nodes: readonly {
    readonly name: string;
    readonly version?: string;
    readonly routes?: readonly { readonly to: string; readonly via?: string; readonly dev: string }[];
    readonly resolvers?: readonly string[];
    readonly certificates?: readonly { readonly name: string; readonly ends: string }[];
  }[];
  readonly certificates: readonly { readonly on: string; readonly ends: string }[];
  readonly registry: {
    readonly repositories: readonly { readonly name: string; readonly tags: readonly string[] }[];
    readonly disk: { readonly used: number; readonly free: number };
    readonly hostsEntries: readonly string[];
  };
  readonly network: { readonly rejected: number; readonly gateway: string };
}

realTest("the first lab:up begins with what it is about to do", async () => {
  const { exitCode, stderr } = await lab.npm("lab:up");
  assert.is(exitCode, 0, stderr);
  assert.match(stderr, /^lab:up: 2 machines to make, with K3s and a registry on them\n/);
});

realTest("lab:status tells what is on every node, in the registry and on the host", async () => {
  const status = JSON.parse(await lab.npmOk("lab:status", ["--json"])) as Status;
  const { gateway, rejected } = status.network;
  assert.type(rejected, "number");
  for (const { name, version, routes = [], resolvers = [], certificates = [] } of status.nodes) {
    const inside = await lab.npmOk("lab:exec", [name, "ip", "route", "show", "default"]);
    const [, via, dev] = /^default via (\S+) dev (\S+)/.exec(inside) ?? [];
    assert.equal([via, { to: "default", via, dev }], [gateway, routes.find(({ to }) => to === "default")]);
    const file = await lab.npmOk("lab:exec", [name, "cat", "/etc/resolv.conf"]);
    assert.equal(
      resolvers,
      [...file.matchAll(/^nameserver (\S+)$/gm)].map(([, address]) => address),
    );
    assert.match(version ?? "", /^v1\./);
    const kubelet = certificates.find((each) => each.name === "agent/client-kubelet.crt");
    const path = "/var/lib/rancher/k3s/agent/client-kubelet.crt";
    const end = await lab.npmOk("lab:exec", [name, "openssl", "x509", "-noout", "-enddate", "-in", path]);
    assert.is(Date.parse(kubelet?.ends ?? ""), Date.parse(end.trim().replace("notAfter=", "")));
  }
  const ends = status.certificates.map((each) => each.ends);
  assert.equal(ends, ends.toSorted());
  assert.ok(status.certificates.some(({ on }) => on === "host"));
  const { repositories, disk, hostsEntries } = status.registry;
  assert.equal(
    repositories.map(({ name }) => name),
    ["k3s-lab/check"],
  );
  assert.is(repositories[0]?.tags.length, 1);
  assert.ok(disk.used > 0 && disk.free > disk.used, JSON.stringify(disk));
  assert.match(hostsEntries[0] ?? "", / multi$/);
  const text = await lab.npmOk("lab:status");
  assert.match(text, /Certificates +\d+, the first ends in 36\d days \(.*\): /);
  assert.match(text, /1 repository, 1 tag; .* on disk, .* free\n/);
});

realTest("lab:status tells of K3s that has ended, while the API still calls its node Ready", async () => {
  const k3sOfAgent = (verb: string) => lab.npmOk("lab:exec", ["agent1", "systemctl", verb, "k3s-agent"]);
  await k3sOfAgent("stop");
  const { exitCode, stdout } = await lab.npm("lab:status");
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  await k3sOfAgent("start");
  assert.is(exitCode, 1);
  assert.match(stdout, /^Lab k3s-lab: degraded\n/);
  assert.match(stdout, /^ +agent1 .* not Ready: K3s does not run /m);
  assert.match(await lab.npmOk("lab:status"), /^Lab k3s-lab: up\n/);
});

realTest("a node that lab.yaml names no more is shown as a loss, and is kept where nobody can be asked", async () => {
  lab.configure(one);
  const { exitCode, stdout } = await lab.npm("lab:plan", ["--json", "--exit-code"]);
  assert.is(exitCode, 4);
  const { headline, counts, stages } = JSON.parse(stdout) as Planned;
  assert.match(headline, /^1 machine to remove[,;]/);
  const lost = stages.flatMap(({ actions }) => actions).filter(({ destroys }) => destroys !== undefined);
  assert.equal(
    lost.map(({ on, kind, destroys }) => [on, kind, destroys]),
    [["agent1", "remove", "agent1's disk, with the volumes and images on it"]],
  );
  assert.ok((counts.remove ?? 0) >= 2, "the machine, and its Node object");
  const text = await lab.npmOk("lab:plan");
  assert.match(text, /\nagent1 \(not in lab\.yaml\)\n {2}- drain the node .*\n(?: {4}.*\n)* {2}- remove the machine/);
  assert.match(text, "destroys agent1's disk");
  // A pod that is still coming, metrics-server's, would be taken for a change.
  await lab.kubectl("wait", "--for=condition=Ready", "pods", "--all", "--namespace=kube-system", "--timeout=120s");
  const before = await lab.snapshot();
  const records = ["lab.json", "machines.json"].map((file) => readFileSync(join(lab.dir, ".lab", file), "utf8"));
  const refused = await lab.npm("lab:up");
  assert.is(refused.exitCode, 2);
  assert.match(refused.stderr, /would destroy agent1's disk.*lab:up -- --yes.*\[LAB-PLN-001\]/);
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
  assert.equal(
    ["lab.json", "machines.json"].map((file) => readFileSync(join(lab.dir, ".lab", file), "utf8")),
    records,
  );
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
});

realTest(
  "another driver means another lab: its plan removes this one, which is kept where nobody can be asked",
  async () => {
    lab.configure("machines: { provider: vagrant, vagrant: { provider: libvirt } }\n");
    const { stdout } = await lab.npm("lab:plan", ["--json"]);
    const { replaces, stages } = JSON.parse(stdout) as Planned;
    assert.is(replaces?.id, "LAB-MCH-009");
    const lost = stages.flatMap(({ actions }) => actions).filter(({ destroys }) => destroys !== undefined);
    assert.equal(lost.map(({ on }) => on).toSorted(), ["agent1", "multi"]);
    const { exitCode, stderr } = await lab.npm("lab:up");
    assert.is(exitCode, 2);
    assert.match(stderr, /would destroy .*multi's disk.*\[LAB-PLN-001\]/);
    assert.equal(await readyNodes(lab), ["agent1", "multi"]);
    lab.configure(one);
  },
);

for (const [keys, code] of [
  [["n", "Enter"], 1],
  [["C-c"], 130],
] as const) {
  realTest(`on a terminal it is asked for: ${keys[0]} leaves all as it was`, async () => {
    await using terminal = await openTerminal(world.host, lab.dir, command("lab:up"));
    const screen = await terminal.until("[y/N]");
    assert.match(screen, "This cannot be made again:\n  agent1's disk, with the volumes and images on it");
    assert.match(await terminal.colours(), "\u001B[31m-");
    await terminal.press(...keys);
    await terminal.until(`exit code ${code}`);
    assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  });
}

realTest("y goes on: the machine is gone, and its Node object", async () => {
  await using terminal = await openTerminal(world.host, lab.dir, command("lab:up"));
  await terminal.until("[y/N]");
  await terminal.press("y", "Enter");
  const screen = await terminal.until(/exit code \d/);
  assert.match(screen, "The lab is up: 1 node Ready");
  assert.match(screen, "exit code 0");
  assert.equal(await readyNodes(lab), ["multi"]);
  assert.equal(readdirSync(join(systemDir, labDigest(join(lab.dir, ".lab")), "machines")), ["multi"]);
});

realTest("lab:status --watch shows a node come and go, at any size, until q", async () => {
  lab.configure(two);
  await using terminal = await openTerminal(world.host, lab.dir, command("lab:status", "--watch"));
  await terminal.until(/multi +server .* Ready /);
  await lab.npmOk("lab:up");
  await terminal.until(/agent1 +agent .* running .* Ready /);
  assert.match(await terminal.colours(), "\u001B[32mReady");
  await lab.npm("lab:exec", ["agent1", "poweroff"]);
  await terminal.until(/agent1 +agent .* stopped /);
  assert.match(await terminal.screen(), ": degraded", "though the API still calls it Ready");
  await terminal.resize(40, 12);
  const small = await terminal.until(/… \d+ more lines/);
  assert.ok(
    small.split("\n").every((line) => line.length <= 40),
    small,
  );
  await terminal.resize(120, 45);
  await terminal.until("q ends");
  await terminal.press("q");
  const left = await terminal.until("exit code 1");
  assert.not.match(left, "agent1", "the screen from before is there again");
});

realTest("with --yes nobody is asked, and what is done is what lab:plan shows", async () => {
  lab.configure(one);
  const { exitCode, events, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.is(events[0]?.event, "plan");
  const removed = events.flatMap((event) =>
    event.event === "action-ended" && event.kind === "remove" ? event.on : [],
  );
  assert.ok(removed.includes("agent1"), removed.join());
  assert.equal(await readyNodes(lab), ["multi"]);
});

test.run();
