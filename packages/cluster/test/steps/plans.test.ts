import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { nodeGuardFiles, nodeGuardStartScript } from "@k3s-lab/guard";
import { formatKubeconfig, openApi } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Action, type ActionContext, Facts, sentencesOf, type Step } from "@k3s-lab/steps";
import { decideCluster } from "../../src/cluster.js";
import {
  agentTokenFiles,
  configFiles,
  environmentFile,
  readServerTokens,
  serverTokenFiles,
} from "../../src/config/node-files.js";
import { contributedFolder, k3sPaths } from "../../src/paths.js";
import { askedBy, queryOf } from "../../src/fetch-cluster.js";
import { foreseeRelease, type Release } from "@k3s-lab/k3s-source";
import { Kube } from "../../src/kube.js";
import { afterRestart, nothingSeen, type NodeSeen } from "../../src/node/node-seen.js";
import { makeSecrets, readSecrets } from "../../src/secrets.js";
import { clusterSteps, imagesOfServers } from "../../src/steps/cluster-steps.js";
import { sha256 } from "@k3s-lab/host";
import type { Nodes } from "../../src/node/nodes.js";
import { configureStep } from "../../src/steps/configure.js";
import { startService, whyStart } from "../../src/steps/start-service.js";
import { forgetNodesStep } from "../../src/steps/forget-nodes.js";
import { guardNodesStep } from "../../src/steps/guard-nodes.js";
import { installImages, installStep } from "../../src/steps/install.js";
import { joinAgentsStep } from "../../src/steps/join-agents.js";
import { makeTokensStep } from "../../src/steps/make-tokens.js";
import { clusterStage } from "../../src/stage.js";
import { startServerStep } from "../../src/steps/start-server.js";
import { waitReadyStep } from "../../src/steps/wait-ready.js";
import { writeKubeconfigStep } from "../../src/steps/write-kubeconfig.js";
import {
  agent1,
  agent2,
  contributed,
  emptyLab,
  fakeDriver,
  machines,
  multi,
  network,
  nodesWith,
  nowhere,
  release,
  seen,
  desired,
} from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster plans");
const server = { node: "multi", url: "https://10.76.0.10:6443" };
const joinToken = "K10ab::node:x";
const context: ActionContext = {
  signal: new AbortController().signal,
  facts: new Facts(),
  progress: () => {},
  note: () => {},
};
function actionsOf(step: Step, of: unknown): readonly Action[] {
  const planned = step.plan(of);
  if (planned instanceof Problem) throw planned;
  return planned;
}
const sentences = (step: Step, of: unknown) => actionsOf(step, of).map(({ sentence }) => sentence);
const kubeOf = (nodes: Nodes) => new Kube(nodes, [server]);

/** A node with files as they were written. */
function withFiles(files: readonly { path: string; content: string; mode: number }[]): Partial<NodeSeen> {
  return {
    files: new Map(files.map(({ path, content, mode }) => [path, { sha256: sha256(content), mode: mode.toString(8) }])),
  };
}

/** An agent that K3s runs on, started with all that it should be started with. */
function joined(of = agent1): NodeSeen {
  const environment = environmentFile(desired(of), agentTokenFiles(joinToken));
  return seen({
    ...withFiles([...configFiles(desired(of)), ...agentTokenFiles(joinToken), environment]),
    isActive: true,
    isEnabled: true,
    startedWith: environment.sum,
    hasPassword: true,
  });
}

const readyNode = (name: string, labels = {}) => ({
  metadata: { name, labels },
  status: { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "1" }] },
});

test("on an empty host the whole way is foreseen, before K3s was fetched", async () => {
  const lab = await emptyLab();
  process.env.K3S_LAB_CACHE = lab.state.dir;
  const cluster = decideCluster(lab, network, machines, {
    asked: askedBy(lab),
    release: await foreseeRelease(queryOf(lab)),
  });
  const steps = clusterSteps(lab, { cluster, network, machines }, contributed, {
    driver: nowhere(),
    env: {},
    authorities: [],
  });
  const k3s = "K3s v1.34.4+k3s1 (release)";
  assert.equal(await sentencesOf(steps), [
    "make the passwords of the cluster's tokens",
    "record that nodes use no proxy",
    `multi: install ${k3s}`,
    `agent1: install ${k3s}`,
    `agent2: install ${k3s}`,
    "multi: guard the node",
    "agent1: guard the node",
    "agent2: guard the node",
    "multi: write config.yaml, registries.yaml, k3s.service, k3s-killall.sh, k3s-uninstall.sh",
    "agent1: write config.yaml, registries.yaml, k3s-agent.service, k3s-killall.sh, k3s-agent-uninstall.sh",
    "agent2: write config.yaml, registries.yaml, k3s-agent.service, k3s-killall.sh, k3s-agent-uninstall.sh",
    "multi: start the K3s server",
    "agent1: start the K3s agent and join multi",
    "agent2: start the K3s agent and join multi",
    `write ${lab.state.path("kubeconfig")}`,
    "wait until every node is Ready and CoreDNS answers a pod",
  ]);
});

const installing = { images: contributed.images, server: "multi" };
const makeAuthority = "multi: make the cluster's certificate authority";

test("installs what is missing or another file, and takes away what an earlier release brought", async () => {
  const nodes = nodesWith(fakeDriver(() => ""));
  const step = installStep(nodes, release, installing);
  const links = new Map(k3sPaths.links.map((link) => [link, "k3s"]));
  const binary = [k3sPaths.binary, release.binary] as const;
  const images = [`${k3sPaths.images}/images.tar`, { size: 9, sha256: "cd".repeat(32) }] as const;
  const whole = (files: readonly (readonly [string, { size: number; sha256: string }])[]) =>
    seen({
      links,
      sizes: new Map(files.map(([path, { size }]) => [path, size])),
      installed: new Map(files.map(([path, file]) => [path, file.sha256])),
    });
  const plan = (of: NodeSeen) => sentences(step, new Map([["agent1", of]]));
  assert.equal(plan(nothingSeen), ["agent1: install K3s v1.34.4+modules (modules)"]);
  assert.equal(plan(whole([binary])), ["agent1: install 1 image archive"]);
  assert.equal(plan(whole([binary, images])), []);
  assert.equal(plan({ ...whole([binary, images]), links: new Map() }), ["agent1: install the links to k3s"]);
  const old = [`${k3sPaths.images}/old.tar`, { size: 1, sha256: "0" }] as const;
  assert.equal(plan(whole([binary, images, old])), ["agent1: remove 1 image archive"]);
  const another = [k3sPaths.binary, { size: 7, sha256: "other" }] as const;
  assert.equal(plan(whole([another, images])), ["agent1: install K3s v1.34.4+modules (modules)"]);
  const onServer = (of: Partial<NodeSeen>) =>
    sentences(step, new Map([["multi", { ...whole([binary, images]), ...of }]]));
  assert.equal(onServer({}), [makeAuthority]);
  assert.equal(onServer({ isBegun: true }), []);
});

test("what the cache holds is linked onto a machine's disk where its driver can, and copied elsewhere", async () => {
  const install = async (source: Release["source"], linked: boolean) => {
    const driver = fakeDriver(() => "");
    const linkIn = async (name: string, _: string, path: string) => {
      driver.asked.push(`${name}: link ${path}`);
      return linked && path.startsWith(k3sPaths.images);
    };
    const folder = mkdtempSync(`${tmpdir()}/k3s-lab-install-`);
    writeFileSync(`${folder}/${release.binary.name}`, "");
    const step = installStep(nodesWith({ ...driver, linkIn }), { ...release, source, folder }, installing);
    await actionsOf(step, new Map([["agent1", nothingSeen]]))[0]?.run(context);
    rmSync(folder, { recursive: true });
    return driver.asked.flatMap(
      (line) => /^agent1: (link|copy) (?:\S+ )?(\S+?)(?: \d+)?$/.exec(line)?.slice(1).join(" ") ?? [],
    );
  };
  const [binary, images] = [k3sPaths.binary, `${k3sPaths.images}/images.tar`];
  const both = [`link ${binary}`, `copy ${binary}`, `link ${images}`];
  assert.equal(await install("modules", true), both);
  assert.equal(await install("modules", false), [...both, `copy ${images}`]);
  // A user may write into files of their own.
  assert.equal(await install("directory", true), [`copy ${binary}`, `copy ${images}`]);
});

test("the images of another release come to a node before its K3s does, which goes on with its own", async () => {
  const driver = fakeDriver(() => "");
  const folder = mkdtempSync(`${tmpdir()}/k3s-lab-install-`);
  writeFileSync(`${folder}/${release.binary.name}`, "");
  const had = seen({
    hasPassword: true,
    links: new Map(k3sPaths.links.map((link) => [link, "k3s"])),
    installed: new Map([
      [k3sPaths.binary, "former"],
      [`${k3sPaths.images}/former.tar`, "0"],
    ]),
  });
  const nodes = nodesWith(driver);
  const found = { ...release, folder };
  assert.equal(sentences(installStep(nodes, found, installing), new Map([["agent1", had]])), [], "not in this step");
  let sums = "";
  const write: typeof driver.write = async (_name, _path, content) => void (sums = String(content));
  await installImages(nodesWith({ ...driver, write }), "agent1", found, installing, { ...context, seen: had });
  rmSync(folder, { recursive: true });
  const [archive] = release.archives;
  const place = `${k3sPaths.images}/${archive?.name}`;
  assert.equal(driver.asked.slice(1), [
    `agent1: copy ${folder}/${archive?.name} ${place} 644`,
    `agent1: ctr --namespace k8s.io images import ${place}`,
  ]);
  assert.is(sums, `former  ${k3sPaths.binary}\n0  ${k3sPaths.images}/former.tar\n${archive?.sha256}  ${place}\n`);
});

test("an archive of nothing but the registry's image goes to the machine that runs it", () => {
  const archive = (name: string, images: readonly string[]) => ({ name, size: 9, sha256: "ef", changed: 1, images });
  const [registry, pause] = ["docker.io/library/registry:3", "docker.io/rancher/pause:3.6"];
  const plan = (...archives: readonly ReturnType<typeof archive>[]) => {
    const step = installStep(nodesWith(), { ...release, archives }, installing);
    // With the binary installed, a sentence counts the archives that are missing.
    const binary = seen({
      sizes: new Map([[k3sPaths.binary, release.binary.size]]),
      installed: new Map([[k3sPaths.binary, release.binary.sha256]]),
    });
    return sentences(step, new Map(["multi", "agent1"].map((name) => [name, binary]))).map((sentence) =>
      Number(/(\d+) image archives?$/.exec(sentence)?.[1] ?? 0),
    );
  };
  assert.equal(plan(archive("all.tar", [registry, pause])), [1, 1]);
  assert.equal(plan(archive("k3s.tar", [pause]), archive("registry.tar", [registry])), [2, 1]);
  assert.equal(plan(archive("unknown.tar", [])), [1, 1]);
});

test("metrics-server's archive goes to the server of a build from modules, and to every node of a release", async () => {
  const lab = await emptyLab();
  const image = "docker.io/rancher/mirrored-metrics-server:v0.8.0";
  const archives = [
    { name: "images.tar", size: 9, sha256: "cd", changed: 1, images: ["docker.io/rancher/pause:3.6"] },
    { name: "metrics.tar", size: 9, sha256: "ef", changed: 1, images: [image] },
  ];
  const decided = decideCluster(lab, network, machines, { asked: askedBy(lab), release });
  const of = (source: Release["source"]) => imagesOfServers({ ...decided, source, archives });
  assert.equal(of("modules"), [{ image, node: "multi" }]);
  assert.equal(of("package"), [{ image, node: "multi" }]);
  assert.equal(of("release"), []);
  assert.equal(of("directory"), []);
});

test("writes the files that differ in content or mode, and removes those that nothing names any more", async () => {
  const { step, plan } = await configuring();
  assert.equal(plan(joined()), []);
  const { files } = joined();
  const config = files.get(k3sPaths.config);
  assert.ok(config);
  const open = { ...joined(), files: new Map([...files, [k3sPaths.config, { ...config, mode: "644" }]]) };
  assert.equal(plan(open), ["agent1: write config.yaml"]);
  const obsolete = { ...open, contributed: [`${contributedFolder}/old.pem`] };
  assert.equal(plan(obsolete), ["agent1: write config.yaml and remove old.pem"]);
  assert.equal(plan({ ...joined(), contributed: obsolete.contributed }), ["agent1: remove old.pem"]);
  assert.is(step.parallel, true);
});

test("a file that was edited on a node is replaced by name, and restarts K3s only where that has read it", async () => {
  const { nodes, plan, driver } = await configuring();
  const [registries] = contributed.files;
  const edited = (changedAt: number, startedWith = joined().startedWith): NodeSeen => {
    const file = { sha256: sha256("mirrors: { mine: {} }\n"), mode: "600", changedAt };
    const files = new Map([...joined().files, [registries?.path ?? "", file]]);
    return { ...joined(), files, startedWith, startedAt: 1000 };
  };
  const why = "registries.yaml was edited there; write registry.mirrors in lab.yaml instead";
  const restart = (of: NodeSeen) => whyStart(nodes, "agent1", of, agentTokenFiles(joinToken));
  assert.equal([plan(edited(2000)), restart(edited(2000))], [[`agent1: write registries.yaml (${why})`], undefined]);
  assert.equal([plan(edited(500)), restart(edited(500))], [[], why]);
  // If something else is wanted now, the file was not necessarily edited.
  const former = edited(500, "another sum");
  assert.equal(
    [plan(former), restart(former)],
    [["agent1: write registries.yaml"], "what it was started with has changed"],
  );
  const starting = { tokens: agentTokenFiles(joinToken), restart: false, signal: context.signal };
  await startService(nodes, "agent1", { seen: edited(500), ...starting });
  assert.match(driver.asked[0] ?? "", `agent1: write ${registries?.path} `);
  assert.match(driver.asked[1] ?? "", "systemctl restart k3s-agent");
});

test("a certificate that ends soon restarts K3s, which renews it; nothing else does", async () => {
  const driver = fakeDriver(() => "");
  const nodes = nodesWith(driver);
  const day = 24 * 3_600_000;
  const agent = (name: string, days: number, written = days - 365): NodeSeen => {
    const [ends, since] = [days, written].map((from) => Date.now() + from * day);
    const certificate = { name, ends: new Date(ends ?? 0).toISOString(), written: Math.floor((since ?? 0) / 1000) };
    return { ...joined(), certificates: [certificate] };
  };
  const why = (of: NodeSeen) => whyStart(nodes, "agent1", of, agentTokenFiles(joinToken));
  const kubelet = "agent/client-kubelet.crt";
  assert.is(why(agent(kubelet, 31)), undefined);
  assert.match(why(agent(kubelet, 29)) ?? "", /^its certificate client-kubelet\.crt ends on 20\d\d-/);
  assert.match(why(agent(kubelet, -1)) ?? "", /^its certificate client-kubelet\.crt ended on 20\d\d-/);
  // K3s may make them for a shorter time; a restart that has just renewed them is not repeated.
  assert.is(why(agent(kubelet, 1, 0)), undefined);
  assert.is(why(agent(kubelet, 1, -2)), undefined);
  assert.match(why(agent(kubelet, 1, -4)) ?? "", "ends on");
  // What was restored with the time of today is no younger for that.
  assert.match(why(agent(kubelet, -1, 0)) ?? "", "ended on");
  // K3s keeps its authorities, and does not know what another version has left.
  assert.is(why(agent("agent/client-ca.crt", 1, -4)), undefined);
  assert.is(why(agent("server/tls/client-cloud-controller.crt", 1, -400)), undefined);
  const starting = { tokens: agentTokenFiles(joinToken), restart: false, signal: context.signal };
  await startService(nodes, "agent1", { seen: agent(kubelet, 29), ...starting });
  assert.match(driver.asked.at(-1) ?? "", "systemctl restart k3s-agent");
});

test("nodes that have joined are restarted, not made, where the API refuses certificates that have ended", async () => {
  const nodes = nodesWith(fakeDriver(() => ""));
  const ended = [{ name: "agent/client-kubelet.crt", ends: "2020-01-01T00:00:00.000Z", written: 0 }];
  const all = new Map([
    ["multi", seen({ joinToken, isActive: true })],
    ["agent1", { ...joined(), certificates: ended }],
    ["agent2", joined(agent2)],
  ]);
  const step = joinAgentsStep(nodes, kubeOf(nodes));
  const [action, ...others] = actionsOf(step, { nodes: all, api: undefined, objects: undefined });
  assert.is(action?.sentence, "agent1: restart K3s, because its certificate client-kubelet.crt ended on 2020-01-01");
  assert.is(action?.interrupts, "exec and logs of agent1's pods, which go on");
  assert.equal(others, []);
});

/** The step that configures nodes, of which agent1 is as it was seen. */
async function configuring() {
  const driver = fakeDriver(() => "");
  const nodes = nodesWith(driver);
  const step = configureStep(await emptyLab(), nodes);
  const plan = (of: NodeSeen) => {
    const all = new Map([
      ["agent1", of],
      ["multi", seen({ joinToken })],
    ]);
    return sentences(step, { nodes: all, serverTokens: [] }).filter((sentence) => sentence.startsWith("agent1"));
  };
  return { nodes, step, plan, driver };
}

test("guards a node whose guard is not whole, and one that has none", async () => {
  const driver = fakeDriver(() => "");
  const nodes = nodesWith(driver);
  const step = guardNodesStep(nodes);
  const plan = (of: NodeSeen) => actionsOf(step, new Map([["agent1", of]]));
  const files = nodeGuardFiles(network, "systemd");
  const none = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };
  const guard = { by: "nftables", guarding: true, faults: [], rejected: { services: none, pods: none } } as const;
  const whole = seen({ ...withFiles(files), guard });
  assert.equal(plan(whole), []);
  const { guard: _, ...unguarded } = whole;
  const broken = { ...whole, guard: { ...guard, faults: [{ kind: "unwatched" as const }] } };
  const outdated = { ...whole, ...withFiles(files.slice(1)) };
  for (const node of [nothingSeen, unguarded, broken, outdated]) {
    assert.equal(sentences(step, new Map([["agent1", node]])), ["agent1: guard the node"]);
  }
  const provided = (of: NodeSeen) => plan(of).map((action) => action.provided);
  assert.equal(provided(afterRestart(whole)), []);
  assert.equal(provided(afterRestart({ ...whole, isEnabled: true })), ["if its guard does not start with its machine"]);
  assert.equal(provided(afterRestart({ ...broken, isEnabled: true })), [undefined]);
  for (const node of [outdated, broken]) {
    for (const action of plan(node)) await action.run(context);
  }
  const start = `agent1: ${nodeGuardStartScript("systemd")}`;
  assert.equal(driver.asked, [`agent1: write ${files[0]?.path}`, start, start]);
});

test("a guard that was changed restarts no K3s", () => {
  const guarded = nodeGuardFiles(network, "systemd").map(({ path }) => path);
  assert.not.ok(configFiles(desired(agent1)).some(({ path }) => guarded.includes(path)));
});

test("starts the server where it does not run, and restarts it only for what it was started with", async () => {
  const lab = await emptyLab();
  makeSecrets(lab);
  const secrets = readSecrets(lab);
  assert.ok(secrets);
  const nodes = nodesWith();
  const step = startServerStep(lab, nodes, kubeOf(nodes));
  const tokens = serverTokenFiles(secrets);
  const environment = environmentFile(desired(multi), tokens);
  const running = seen({
    ...withFiles([...tokens, environment]),
    isActive: true,
    isEnabled: true,
    startedWith: environment.sum,
  });
  const plan = (changes: Partial<NodeSeen>, isDeleted = false) => {
    const all = new Map([["multi", { ...running, ...changes }]]);
    return sentences(step, { nodes: all, tokens, objects: new Map(isDeleted ? [] : [["multi", {}]]) });
  };
  assert.equal(plan({}), []);
  assert.equal(plan({ isActive: false }), ["multi: start the K3s server"]);
  const restart = (why: string) => [`multi: restart K3s, because ${why}`];
  assert.equal(plan({ startedWith: "other" }), restart("what it was started with has changed"));
  assert.equal(plan({ isEnabled: false }), restart("it would not start at boot"));
  assert.equal(plan({ age: 700 }, true), restart("its node was deleted"));
  const [token] = withFiles(tokens.map((file) => ({ ...file, mode: 0o644 }))).files ?? [];
  assert.ok(token);
  assert.equal(plan({ files: new Map([...running.files, token]) }), restart("/etc/rancher/k3s/token has changed"));
});

test("a slow server that this run has started is not one whose node was deleted", async () => {
  const lab = await emptyLab();
  const nodes = nodesWith();
  const step = startServerStep(lab, nodes, kubeOf(nodes));
  const environment = environmentFile(desired(multi), []);
  const deleted = (isNew: boolean) => {
    const node = seen({
      ...withFiles([environment]),
      isActive: true,
      isEnabled: true,
      startedWith: environment.sum,
      age: 700,
      isNew,
    });
    return sentences(step, { nodes: new Map([["multi", node]]), tokens: [], objects: new Map() });
  };
  assert.equal(deleted(false), ["multi: restart K3s, because its node was deleted"]);
  assert.equal(deleted(true), []);
});

test("joins the agents that have not joined, and leaves the others alone", () => {
  const nodes = nodesWith();
  const step = joinAgentsStep(nodes, kubeOf(nodes));
  const all = (agent: NodeSeen) =>
    new Map([
      ["multi", seen({ joinToken })],
      ["agent1", agent],
      ["agent2", joined({ ...agent1, name: "agent2", address: "10.76.0.12" })],
    ]);
  const objects = new Map(["multi", "agent1", "agent2"].map((name) => [name, readyNode(name)]));
  assert.equal(sentences(step, { nodes: all(joined()), objects }), []);
  const join = "agent1: start the K3s agent and join multi";
  assert.equal(sentences(step, { nodes: all(seen()), objects }), [join]);
  const without = new Map([...objects].filter(([name]) => name !== "agent1"));
  assert.equal(sentences(step, { nodes: all(joined()), objects: without }), [join]);
  const changed = { ...joined(), startedWith: "other" };
  const why = "agent1: restart K3s, because what it was started with has changed";
  assert.equal(sentences(step, { nodes: all(changed), objects }), [why]);
});

test("forgets nodes of the lab that have no machine, and the password of a machine before", () => {
  const nodes = nodesWith();
  const step = forgetNodesStep("a1b2c3", nodes, kubeOf(nodes), async () => []);
  const label = { "k3s-lab": "a1b2c3" };
  const own = [readyNode("multi", label), readyNode("agent9", label)];
  const others = [readyNode("raspberry"), readyNode("foreign", { "k3s-lab": "ffffff" })];
  const api = openApi({ server: server.url, ca: "", certificate: "", key: "" });
  assert.equal(sentences(step, { api, objects: [...own, ...others], replaced: ["agent1"] }), [
    "agent9: take the node out of the cluster, because the lab has it no longer",
    "agent1: delete the node and password of the machine before",
  ]);
});

test("waits for nodes that are not Ready, for an answer wherever there is a pod, and for a K3s that was started", async () => {
  const lab = await emptyLab();
  makeSecrets(lab);
  const nodes = nodesWith();
  const serverTokens = readServerTokens(lab);
  const environment = environmentFile(desired(multi), serverTokens);
  const running = seen({
    ...withFiles([...serverTokens, environment]),
    isActive: true,
    isEnabled: true,
    startedWith: environment.sum,
    joinToken,
  });
  const plan = (
    lookups: readonly NodeSeen["lookup"][] | undefined,
    { ready = ["multi", "agent1", "agent2"], changes = {}, of = lab } = {},
  ) =>
    actionsOf(waitReadyStep(of, nodes, kubeOf(nodes)), {
      nodes: new Map([
        ["multi", running],
        ["agent1", { ...joined(agent1), ...changes }],
        ["agent2", joined(agent2)],
      ]),
      lookups: lookups && new Map(lookups.map((lookup, index) => [String(index), lookup])),
      objects: new Map(ready.map((name) => [name, readyNode(name)])),
      serverTokens,
    }).map(({ sentence, unobservable }) => `${sentence}${unobservable ? " (ready)" : ""}`);
  const wait = "wait until every node is Ready and CoreDNS answers a pod";
  assert.equal(plan(["answered", undefined]), []);
  assert.equal(plan([undefined]), [wait]);
  assert.equal(plan(["answered", "failed"]), [wait]);
  assert.equal(plan(undefined, { ready: ["multi", "agent2"] }), [wait]);
  assert.equal(plan(undefined, { changes: { isActive: false } }), [`${wait} (ready)`], "it will be started");
  assert.equal(plan(undefined, { changes: { startedWith: "other" } }), [`${wait} (ready)`]);
  assert.equal(plan(undefined, { changes: { isNew: true } }), [`${wait} (ready)`], "this run has started it");
  const disabled = { ...lab, config: { ...lab.config, cluster: { ...lab.config.cluster, disable: ["coredns"] } } };
  assert.equal(plan(undefined, { of: disabled }), []);
  assert.equal(plan(undefined, { of: disabled, ready: [] }), ["wait until every node is Ready"]);
});

test("another product's webhook that prevents CoreDNS' pod is named, long before the deadline", async () => {
  const message = 'Internal error occurred: failed calling webhook "inject.example": connection refused';
  const conditions = [{ type: "ReplicaFailure", status: "True", message }];
  const items = ["multi", "agent1", "agent2"].map((name) => readyNode(name));
  const retries: string[] = [];
  const api = {
    get: async () => ({ metadata: { resourceVersion: "1" }, items }),
    list: async () => [],
    find: async () => ({ metadata: {}, status: { conditions } }),
    patch: async (path: string) => void retries.push(path),
  };
  // The usual 40 s, divided.
  const nodes = nodesWith({ ...fakeDriver(() => ""), timeoutFactor: 1 / 400 });
  const [action] = actionsOf(waitReadyStep(await emptyLab(), nodes, kubeOf(nodes)), {
    nodes: new Map([["multi", seen({ isActive: true })]]),
    lookups: new Map(),
    objects: undefined,
    serverTokens: [],
    api,
  });
  const said: string[] = [];
  const progress = (text: string) => void said.push(text);
  const error = String(await action?.run({ ...context, progress }).catch((reason: unknown) => reason));
  assert.match(error, `CoreDNS: cannot get its pod: ${message}. Repair or remove what refuses it`);
  assert.equal(said.slice(-1), [`CoreDNS cannot get its pod: ${message}`]);
  assert.equal(retries, ["/apis/apps/v1/namespaces/kube-system/deployments/coredns"], "it is tried again");
});

test("a K3s that this run has restarted is waited for until its pods are probed again", async () => {
  const [restart, before, after] = [1_764_500_010, "2025-11-30T10:53:20Z", "2025-11-30T10:53:31Z"];
  const pod = (since: string) => ({
    metadata: { name: "registry", namespace: "kube-system" },
    spec: { nodeName: "multi", containers: [{ startupProbe: {} }] },
    status: {
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: since }],
      containerStatuses: [{ state: { running: { startedAt: before } } }],
    },
  });
  let looks = 0;
  const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime: after }];
  const items = ["multi", "agent1", "agent2"].map((name) => ({ metadata: { name }, status: { conditions } }));
  const api = {
    get: async () => ({ metadata: { resourceVersion: "1" }, items }),
    list: async () => [pod(++looks < 3 ? before : after)],
  };
  const lab = await emptyLab();
  const of = { ...lab, config: { ...lab.config, cluster: { ...lab.config.cluster, disable: ["coredns"] } } };
  const nodes = nodesWith(fakeDriver(() => ""));
  const looksOf = async (isNew: boolean) => {
    looks = 0;
    const multiSeen = seen({ isActive: true, isNew, startedAt: restart });
    const [action] = actionsOf(waitReadyStep(of, nodes, kubeOf(nodes)), {
      nodes: new Map([["multi", multiSeen]]),
      objects: undefined,
      serverTokens: [],
      api,
    });
    await action?.run(context);
    return looks;
  };
  assert.is(await looksOf(true), 3);
  assert.is(await looksOf(false), 1, "what has run before is not waited for");
});

test("takes the tokens over from a server that runs, where the lab's folder was emptied", async () => {
  const lab = await emptyLab();
  const driver = fakeDriver((name, command) => {
    if (name !== "multi") return undefined;
    return command.startsWith("cat ")
      ? "one\ntwo\n"
      : { files: `${"ab".repeat(32)}  /etc/rancher/k3s/token\n${"cd".repeat(32)}  /etc/rancher/k3s/agent-token` };
  });
  const step = makeTokensStep(lab, nodesWith(driver));
  const actions = async () => actionsOf(step, await step.observe(new Facts()));
  const [action] = await actions();
  assert.is(action?.sentence, "multi: take over the passwords of the cluster's tokens");
  await action?.run(context);
  const { serverPassword, agentPassword } = readSecrets(lab) ?? {};
  assert.equal([serverPassword, agentPassword], ["one", "two"]);
  assert.equal(await actions(), []);
});

test("writes a kubeconfig that others cannot read, once", async () => {
  const lab = await emptyLab();
  const own = { server: "https://127.0.0.1:6443", ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" };
  const data = formatKubeconfig("default", own);
  const driver = fakeDriver(() => `kubeconfig ${Buffer.from(data).toString("base64")}`);
  const step = writeKubeconfigStep(lab, nodesWith(driver), server.url, []);
  const path = lab.state.path("kubeconfig");
  const actions = async () => actionsOf(step, await step.observe(new Facts()));
  mkdirSync(lab.state.dir, { recursive: true });
  writeFileSync(path, "left by another program", { mode: 0o644 });
  const [action] = await actions();
  assert.is(action?.sentence, `write ${path}`);
  await action?.run(context);
  assert.equal(await actions(), []);
  chmodSync(path, 0o644);
  const [again] = await actions();
  await again?.run(context);
  assert.equal(await actions(), []);
});

test("a kubeconfig whose certificate is renewed with K3s' own is foreseen to be written", async () => {
  const lab = await emptyLab();
  const own = { server: server.url, ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" };
  const text = formatKubeconfig(lab.config.name, own);
  const ofServer = (days: number): NodeSeen => {
    const ends = new Date(Date.now() + days * 24 * 3_600_000).toISOString();
    return seen({ kubeconfig: text, certificates: [{ name: "server/tls/client-admin.crt", ends }] });
  };
  mkdirSync(lab.state.dir, { recursive: true });
  lab.state.writeText("kubeconfig", text);
  const sentencesWith = async (days: number) => {
    const nodes = nodesWith(fakeDriver(() => ""));
    nodes.see = async () => ofServer(days);
    const step = writeKubeconfigStep(lab, nodes, server.url, []);
    return sentences(step, await step.observe(new Facts()));
  };
  assert.equal(await sentencesWith(31), []);
  assert.equal(await sentencesWith(29), [`write ${lab.state.path("kubeconfig")}`]);
});

test("removes what it has left, and nothing where it has left nothing", async () => {
  const lab = await emptyLab();
  assert.equal(await sentencesOf(clusterStage.removal(lab)), []);
  makeSecrets(lab);
  writeFileSync(lab.state.path("cluster"), "broken");
  assert.equal(await sentencesOf(clusterStage.removal(lab)), [
    `remove ${lab.state.path("secrets")}`,
    `remove ${lab.state.path("cluster")}`,
  ]);
});

test.run();
