import { readFileSync } from "node:fs";
import { CommandFailed } from "@k3s-lab/exec";
import { carryOut, Facts, foresee, sentencesOf } from "@k3s-lab/steps";
import { Problem } from "@k3s-lab/problem";
import type { Machine } from "@k3s-lab/machines";
import { type Api, dnsPodsPath, formatKubeconfig, type Kubeconfig, parseKubeconfig, type Pod } from "@k3s-lab/kube";
import { askedBy } from "../../src/fetch-cluster.js";
import { apiAt, decideCluster } from "../../src/cluster.js";
import { environmentFile, serverTokenFiles } from "../../src/config/node-files.js";
import { Kube } from "../../src/kube.js";
import { hasRun, nothingSeen, type NodeSeen } from "../../src/node/node-seen.js";
import { findLoss, resetQuorumVariable } from "../../src/quorum.js";
import { membersRecord } from "../../src/members.js";
import { labPaths } from "../../src/paths.js";
import { clusterRecord } from "../../src/record.js";
import { makeSecrets, readSecrets } from "../../src/secrets.js";
import { clusterSteps, serversOf } from "../../src/steps/cluster-steps.js";
import { forgetNodesStep } from "../../src/steps/forget-nodes.js";
import { installStep } from "../../src/steps/install.js";
import { resetQuorumStep } from "../../src/steps/reset-quorum.js";
import { joinServersStep, restartServersStep, startServerStep } from "../../src/steps/start-server.js";
import { startService, whyStart } from "../../src/steps/start-service.js";
import { fakeLab } from "../fake-lab.js";
import {
  agent1,
  cluster as one,
  contributed,
  desired,
  emptyLab,
  fakeDriver,
  multi,
  network,
  nowhere,
  release,
  seen,
} from "../world.js";
import { Nodes } from "../../src/node/nodes.js";
import { sha256 } from "@k3s-lab/host";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster: several servers");

const names = ["multi", "server2", "server3"] as const;
const servers = names.map((name, index): Machine => ({ ...multi, name, address: `10.76.0.${20 + index}` }));
const all = [...servers, agent1];
const shared = "10.76.0.50";
const machines = { driver: "lxc" as const, machines: all, resolvers: [], sharedAddress: shared };
const cluster = { ...one, server: apiAt(shared), servers: names };

async function madeLab() {
  const lab = await emptyLab();
  makeSecrets(lab);
  const made = decideCluster(lab, network, machines, { asked: askedBy(lab), release });
  lab.state.write(clusterRecord, made);
  lab.state.write(membersRecord, { servers: names });
  return { lab, made, tokens: serverTokenFiles(readSecrets(lab) ?? { serverPassword: "", agentPassword: "" }) };
}

const nodes = new Nodes(
  fakeDriver(() => ""),
  all.map((machine) => desired(machine, { cluster })),
);
const kube = new Kube(nodes, [
  { node: "multi", url: apiAt("10.76.0.20") },
  { node: "server2", url: apiAt("10.76.0.21") },
  { node: "server3", url: apiAt("10.76.0.22") },
]);

/** A server that runs with what it should run with, having begun the cluster or joined it. */
function running(machine: Machine, tokens: ReturnType<typeof serverTokenFiles>, begins: boolean): NodeSeen {
  const environment = environmentFile(desired(machine, { cluster }), tokens, begins);
  const files = [...tokens, environment].map(
    ({ path, content, mode }) => [path, { sha256: sha256(content), mode: mode.toString(8) }] as const,
  );
  return seen({
    files: new Map(files),
    isActive: true,
    isEnabled: true,
    startedWith: environment.sum,
    hasPassword: true,
    joinToken: "K10ab::node:x",
    isBegun: true,
    hasEtcd: true,
  });
}

/** A machine that was made again: it runs, and has nothing. */
const fresh = seen({});

test("a lab of three servers is planned as it is made: the first begins, the others join it one after the other", async () => {
  const lab = await emptyLab();
  const stepsFor = (world: Parameters<typeof clusterSteps>[3]) => {
    const made = decideCluster(lab, network, machines, { asked: askedBy(lab), release });
    const values = { cluster: made, network, machines };
    return clusterSteps(lab, values, contributed, { env: {}, authorities: [], ...world });
  };
  const planned = (await foresee(stepsFor({ driver: nowhere() }))).actions.map(({ sentence }) => sentence);
  const done: string[] = [];
  const world = fakeLab(all, release);
  const steps = stepsFor(world);
  await carryOut(steps, {
    stage: "cluster",
    report: (event) => event.event === "action-started" && done.push(event.action),
  });
  assert.equal(planned, done);
  assert.equal(
    planned.filter((sentence) => /start the K3s/.test(sentence)),
    [
      "multi: start the K3s server",
      "agent1: start the K3s agent and join multi",
      "server2: start the K3s server and join multi",
      "server3: start the K3s server and join multi",
    ],
  );
  assert.equal(await sentencesOf(steps, new Facts()), []);
  const password = readSecrets(lab)?.serverPassword;
  assert.equal(
    names.map((name) => world.content(name, labPaths.token)),
    [`${password}\n`, `K10ab::server:${password}\n`, `K10ab::server:${password}\n`],
    "who joins knows the authority of whom it gives the password to",
  );
  assert.is(planned.indexOf("cluster: run CoreDNS on 2 servers"), planned.length - 3, "once all servers are there");
  const { server, others } = parseKubeconfig(readFileSync(lab.state.path("kubeconfig"), "utf8")) ?? {};
  assert.is(server, apiAt(shared));
  assert.equal(
    others,
    servers.map(({ address }) => apiAt(address)),
  );
  const pods = await world.openApi().list<Pod>(dnsPodsPath, new AbortController().signal);
  assert.equal(
    pods.map(({ spec }) => spec?.nodeName),
    ["multi", "server2"],
  );
});

test("what nodes join, and the kubeconfig names, is the servers' shared address; the certificate names it, too", async () => {
  const { made } = await madeLab();
  assert.is(made.server, "https://10.76.0.50:6443");
  assert.equal(made.servers, names);
  const agent = environmentFile(desired(agent1, { cluster }), []).content;
  assert.match(agent, "K3S_URL='https://10.76.0.50:6443'");
});

test("the lab's own questions go to every server, until one answers", async () => {
  const opened: Kubeconfig[] = [];
  const silent = { isReady: async () => false } as unknown as Api;
  const text = formatKubeconfig("default", { server: "https://127.0.0.1:6443", ca: "", certificate: "", key: "" });
  const at = [
    { node: "multi", url: apiAt("10.76.0.20") },
    { node: "server2", url: apiAt("10.76.0.21") },
    { node: "server3", url: apiAt("10.76.0.22") },
  ] as const;
  const several = new Nodes(nodes.driver, []);
  const asking = new Kube(several, at, (config) => {
    opened.push(config);
    return silent;
  });
  const up = seen({ isActive: true, kubeconfig: text });
  several.seeAll = async () =>
    new Map([
      ["multi", fresh],
      ["server2", up],
      ["server3", up],
    ]);
  await asking.see(new Facts());
  asking.openWith("server2", text);
  assert.equal(
    opened.map(({ server, others }) => [server, others]),
    [
      [at[1].url, [at[0].url, at[2].url]],
      [at[2].url, [at[0].url, at[1].url]],
      [at[1].url, []],
    ],
    "who asks whether one server answers, asks that one",
  );
});

test("one server begins the cluster and the others join; either is right for one that has its store", async () => {
  const { tokens } = await madeLab();
  const [first = multi] = servers;
  const begins = environmentFile(desired(first, { cluster }), tokens, true);
  const joins = environmentFile(desired(first, { cluster }), tokens, false);
  assert.match(begins.content, "K3S_CLUSTER_INIT='true'");
  assert.not.match(begins.content, "K3S_URL");
  assert.match(joins.content, "K3S_URL='https://10.76.0.50:6443'");
  assert.is(begins.sum, joins.sum);
  for (const how of [true, false]) assert.is(whyStart(nodes, "multi", running(first, tokens, how), tokens), undefined);
  const alone = environmentFile(desired(multi), tokens, true).content;
  assert.not.match(alone, "CLUSTER_INIT", "the store of a lab with one server stays SQLite");
});

test("a first server that lost its disk joins the others, gets no authority of its own, and is forgotten before", async () => {
  const { lab, tokens } = await madeLab();
  const [, second = multi, third = multi] = servers;
  const seenNow = new Map([
    ["multi", fresh],
    ["server2", running(second, tokens, false)],
    ["server3", running(third, tokens, false)],
    ["agent1", fresh],
  ]);
  const objects = new Map(names.map((name) => [name, { metadata: { name, labels: { "k3s-lab": lab.id } } }]));
  const state = { nodes: seenNow, objects, tokens, api: undefined, loss: undefined };
  const sentences = (plan: ReturnType<ReturnType<typeof joinServersStep>["plan"]>) =>
    plan instanceof Problem ? [plan.message] : plan.map(({ sentence }) => sentence);
  assert.equal(sentences(startServerStep(lab, nodes, kube).plan(state)), []);
  assert.equal(sentences(restartServersStep(lab, nodes, kube).plan(state)), []);
  assert.equal(sentences(joinServersStep(lab, nodes, kube).plan(state)), [
    "multi: start the K3s server and join server2",
  ]);
  const install = installStep(nodes, release, { images: [], server: "multi" });
  const installed = (server2: NodeSeen) =>
    sentences(
      install.plan(
        new Map([
          ["multi", whole],
          ["server2", server2],
        ]),
      ),
    );
  const whole = seen({
    links: new Map(["kubectl", "crictl", "ctr"].map((link) => [`/usr/local/bin/${link}`, "k3s"])),
    sizes: new Map([
      ["/usr/local/bin/k3s", 7],
      ["/var/lib/rancher/k3s/agent/images/images.tar", 9],
    ]),
    installed: new Map([
      ["/usr/local/bin/k3s", release.binary.sha256],
      ["/var/lib/rancher/k3s/agent/images/images.tar", "cd".repeat(32)],
    ]),
  });
  assert.equal(installed(fresh)[0], "multi: make the cluster's certificate authority");
  assert.not.ok(installed({ ...whole, isBegun: true }).some((sentence) => sentence.startsWith("multi:")));
  const api = { find: async () => ({}) };
  const forgetful = new Kube(nodes, [{ node: "multi", url: "" }]);
  forgetful.see = async () => ({ nodes: seenNow, api, objects }) as never;
  const forget = forgetNodesStep(lab.id, nodes, forgetful, async () => []);
  assert.equal(sentences(forget.plan(await forget.observe(new Facts()))), [
    "multi: delete the node and password of the machine before",
    "agent1: delete the node and password of the machine before",
  ]);
});

test("servers that run are restarted one after the other, and those that stand still start together", async () => {
  const { lab, tokens } = await madeLab();
  const changed = (machine: Machine) => ({ ...running(machine, tokens, false), startedWith: "before" });
  const still = (machine: Machine) => ({ ...running(machine, tokens, false), isActive: false });
  const plan = (of: (machine: Machine) => NodeSeen, step: typeof startServerStep) => {
    const state = { nodes: new Map(servers.map((machine) => [machine.name, of(machine)])), tokens };
    const planned = step(lab, nodes, kube).plan(state);
    return planned instanceof Problem ? [] : planned.map(({ sentence }) => sentence);
  };
  assert.equal(plan(changed, startServerStep), []);
  assert.is(plan(changed, restartServersStep).length, 3);
  assert.equal(plan(still, restartServersStep), []);
  assert.is(plan(still, startServerStep).length, 3);
  assert.equal(
    [startServerStep(lab, nodes, kube).parallel, restartServersStep(lab, nodes, kube).parallel],
    [true, undefined],
  );
});

const newer = { ...release, version: "v1.34.5+modules", binary: { ...release.binary, sha256: "ef".repeat(32) } };

test("servers are upgraded one after the other, as it is planned; each leaves the shared address before", async () => {
  const lab = await emptyLab();
  const world = fakeLab(all, release, { ...newer, folder: "/cache/newer" });
  const scripts: string[] = [];
  const exec: typeof world.driver.exec = (name, argv, options) => {
    if (argv.at(-1)?.includes("restart k3s")) scripts.push(`${name}: ${argv.at(-1)}`);
    return world.driver.exec(name, argv, options);
  };
  const stepsFor = (wanted: typeof release) => {
    const made = decideCluster(lab, network, machines, { asked: askedBy(lab), release: wanted });
    const values = { cluster: made, network, machines };
    const driver = { ...world.driver, exec };
    return clusterSteps(lab, values, contributed, { env: {}, authorities: [], ...world, driver });
  };
  const done: string[] = [];
  await carryOut(stepsFor(release), { stage: "cluster", report: () => {} });
  const steps = stepsFor({ ...newer, folder: "/cache/newer" });
  const { actions } = await foresee(steps);
  scripts.length = 0;
  await carryOut(steps, {
    stage: "cluster",
    report: (event) => event.event === "action-started" && done.push(event.action),
  });
  assert.equal(
    actions.map(({ sentence }) => sentence),
    done,
  );
  const words = "upgrade K3s from v1.34.4+modules to v1.34.5+modules";
  assert.equal(
    done.filter((sentence) => !sentence.startsWith("wait")),
    [...names, "agent1"].map((name) => `${name}: ${words}`),
  );
  assert.is(actions[0]?.interrupts, "what reaches the cluster's API by multi; pods go on");
  assert.equal(await sentencesOf(steps, new Facts()), []);
  for (const name of names) {
    const script = scripts.find((each) => each.startsWith(`${name}: `)) ?? "";
    assert.match(script, /grep -q ' 10\.76\.0\.50\/32 '[^]*restart keepalived[^]*date[^]*restart k3s/);
  }
});

test("servers that stand still are started as they are before an upgrade, and a lost one joins before", async () => {
  const { lab, tokens } = await madeLab();
  const upgraded = new Nodes(
    fakeDriver(() => ""),
    all.map((machine) => desired(machine, { cluster: { ...cluster, sha256: newer.binary.sha256 } })),
  );
  const old = (machine: Machine, isActive: boolean): NodeSeen => ({
    ...running(machine, tokens, false),
    isActive,
    installed: new Map([["/usr/local/bin/k3s", release.binary.sha256]]),
  });
  const [first = multi, second = multi, third = multi] = servers;
  const plan = (seenNow: readonly NodeSeen[], objects: object | undefined, step: typeof joinServersStep) =>
    (["before-upgrade", undefined] as const).map((when) => {
      const state = { nodes: new Map(names.map((name, index) => [name, seenNow[index]])), objects, tokens };
      const planned = step(lab, upgraded, kube, when).plan(state);
      return planned instanceof Problem ? [planned.message] : planned.map(({ sentence }) => sentence);
    });
  const starts = names.map((name) => `${name}: start the K3s server`);
  const still = servers.map((machine) => old(machine, false));
  assert.equal(plan(still, undefined, startServerStep)[0], starts);
  const oneDown = [old(first, false), old(second, true), old(third, true)];
  assert.equal(plan(oneDown, new Map(), startServerStep)[0], [], "it is upgraded first, which starts it");
  const oneLost = [fresh, old(second, true), old(third, true)];
  assert.equal(plan(oneLost, new Map(), joinServersStep), [["multi: start the K3s server and join server2"], []]);
  const alone = [{ ...old(first, true), hasEtcd: false }, fresh, fresh];
  const joins = ["server2", "server3"].map((name) => `${name}: start the K3s server and join multi`);
  assert.equal(plan(alone, new Map(), joinServersStep), [[], joins], "its store becomes etcd by its upgrade");
});

test("two of three lost: what is lost is named with the way on, and only who asks for it goes on with the third", async () => {
  const { lab, tokens } = await madeLab();
  const [first = multi] = servers;
  const lost = new Map([
    ["multi", running(first, tokens, true)],
    ["server2", fresh],
    ["server3", { ...nothingSeen, isAbsent: true }],
  ]);
  const silent = { nodes: lost, objects: undefined };
  assert.equal(findLoss(lab, names, silent), { lost: ["server2", "server3"], left: ["multi"] });
  assert.is(findLoss(lab, names, { ...silent, objects: new Map() }), undefined, "the API answers");
  const { lab: begun } = await madeLab();
  begun.state.remove("members");
  assert.is(findLoss(begun, names, silent), undefined, "a first run that was cut short: the others have never joined");
  const alone = new Map([...lost, ["multi", { ...running(first, tokens, true), hasEtcd: false }] as const]);
  assert.is(findLoss(lab, names, { ...silent, nodes: alone }), undefined, "it was the only server until now");
  const stopped = new Map([...lost, ["server3", { ...nothingSeen, isAbsent: false }] as const]);
  assert.is(findLoss(lab, names, { ...silent, nodes: stopped }), undefined, "a machine that stands still has its disk");
  kube.see = async () => ({ ...silent, api: undefined });
  const start = startServerStep(lab, nodes, kube);
  const refused = start.plan(await start.observe(new Facts()));
  assert.ok(refused instanceof Problem);
  assert.is(
    refused.message,
    "server2, server3: have lost their disks, and 1 of 3 servers cannot go on alone: etcd needs more than half of them. Go on with what multi has: `npm run lab:up -- --reset-quorum`. [LAB-K3S-019]",
  );
  const reset = resetQuorumStep(lab, nodes, kube);
  assert.equal(reset.plan(await reset.observe(new Facts())), []);
  process.env[resetQuorumVariable] = "1";
  try {
    const [action, ...others] = reset.plan(await reset.observe(new Facts())) as Exclude<
      ReturnType<typeof reset.plan>,
      Problem
    >;
    assert.equal(others, []);
    assert.is(action?.sentence, "multi: go on as the only server, and forget server2, server3");
    assert.is(action?.destroys, "what multi has not got of the cluster's last changes");
    assert.equal(start.plan(await start.observe(new Facts())), []);
  } finally {
    delete process.env[resetQuorumVariable];
  }
  assert.is(hasRun(nothingSeen), false);
});

test("K3s on one of several servers that has ended while the others came up is started once more", async () => {
  const { tokens } = await madeLab();
  const startOf = async (of: Nodes, failures: number) => {
    const starts: string[] = [];
    const exec: typeof of.driver.exec = async (name, argv) => {
      const start = /systemctl ((?:re)?start) k3s$/m.exec(argv.at(-1) ?? "")?.[1];
      if (start === undefined) return fakeDriver(() => "").exec(name, argv);
      if (starts.push(start) <= failures) throw new CommandFailed(name, "sh ended with exit code 1", "", 1);
      return fakeDriver(() => "1000\n").exec(name, argv);
    };
    const driver = { ...of.driver, exec };
    const { signal } = new AbortController();
    const starting = { seen: fresh, tokens, restart: false, signal };
    const desiredNodes = of.machines.map(({ name }) => of.desired(name));
    const outcome = await startService(new Nodes(driver, desiredNodes), "multi", starting).catch((e: Error) => e);
    return [outcome instanceof Error ? outcome.message.slice(0, 25) : "started", ...starts];
  };
  assert.equal(await startOf(nodes, 1), ["started", "restart", "start"]);
  assert.equal(await startOf(nodes, 2), ["multi: K3s does not start", "restart", "start"]);
  const alone = new Nodes(nodes.driver, [desired(multi)]);
  assert.equal(await startOf(alone, 1), ["multi: K3s does not start", "restart"], "an only server waits for nobody");
});

test("a store that was moved to other addresses becomes the only one, and the others join it as new ones", async () => {
  const { lab, tokens } = await madeLab();
  const [first = multi] = servers;
  const moved = { ...running(first, tokens, true), isActive: false, isMoved: true };
  const emptied = { ...fresh, hasPassword: true };
  let now: NodeSeen = moved;
  const shells: string[] = [];
  const driver = {
    ...nodes.driver,
    exec: async (name: string, argv: readonly string[]) => {
      shells.push(`${name}: ${argv.at(-6)} ${argv.at(-2)}`);
      now = { ...moved, isMoved: false };
      return { stdout: "", stderr: "", exitCode: 0 };
    },
  };
  const restored = new Nodes(
    driver,
    all.map((machine) => desired(machine, { cluster })),
  );
  const asking = new Kube(restored, [{ node: "multi", url: "" }]);
  asking.see = async () => ({
    nodes: new Map([
      ["multi", now],
      ["server2", emptied],
      ["server3", emptied],
    ]),
    api: undefined,
    objects: undefined,
  });
  const start = startServerStep(lab, restored, asking);
  const planned = await foresee([resetQuorumStep(lab, restored, asking), start]);
  assert.is(planned.obstacle, undefined, "no disk is lost: what the others had, they get again");
  assert.equal(
    planned.actions.map(({ sentence }) => sentence),
    ["multi: go on as the only server, since the addresses of all were others", "multi: start the K3s server"],
  );
  assert.equal(
    planned.actions.map(({ destroys }) => destroys),
    [undefined, undefined],
  );
  await carryOut([resetQuorumStep(lab, restored, asking)], { stage: "cluster", report: () => {} });
  assert.equal(shells, [`multi: reset ${labPaths.movedStore}`]);
  assert.equal(lab.state.read(membersRecord), { servers: ["multi"] }, "nobody misses the others");
  const joins = joinServersStep(lab, restored, asking);
  const joining = joins.plan(await joins.observe(new Facts()));
  assert.equal(joining instanceof Problem ? joining.message : joining.map(({ sentence }) => sentence), [
    "server2: start the K3s server and join multi",
    "server3: start the K3s server and join multi",
  ]);
});

test("the host asks each server in Docker by its address on Linux, and elsewhere by the published port", async () => {
  const { made } = await madeLab();
  const published = { ...made, api: "https://127.0.0.1:41873" };
  const urls = (platform: NodeJS.Platform) =>
    serversOf({ cluster: published, machines: { ...machines, driver: "docker" } }, platform).map(({ url }) => url);
  assert.equal(urls("linux"), [apiAt("10.76.0.20"), apiAt("10.76.0.21"), apiAt("10.76.0.22")]);
  assert.equal(
    urls("darwin"),
    Array.from(names, () => "https://127.0.0.1:41873"),
  );
});

test.run();
