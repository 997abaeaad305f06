// A cache of a company's own registry, which asks for a password and has a certificate of its own authority: it goes on when that
// registry is gone, and in a lab that is made anew.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cachedImages } from "@k3s-lab/machines";
import { type Background, emulateHost, isRoot, rootOnly, type World } from "@k3s-lab/testbed";
import { type Plan, planThenUp } from "./compare-plan.js";
import { driveLab, type DrivenLab, eventually, modulesBuild, upChangesNothing } from "./drive-lab.js";
import { ownRegistry, passwords } from "./own-registry.js";

const test = suite("a cache of another registry");
const realTest = rootOnly("a cache of another registry", test);

const nodes = "nodes: [{ name: multi, role: server }, { name: agent1 }]\n";
const upstream = "192.168.77.10:5001";
const cached = `${nodes}registry:
  cache: ["${upstream}"]
  configs: { "${upstream}": { auth: { username: ann, password: { file: own-password } }, tls: { ca_file: own/own-ca.pem } } }
`;
const cacheFolder = join(cachedImages.onHost(), upstream.replace(":", "_"));

let world: World;
let lab: DrivenLab;
let running: Background | undefined;

test.before(async () => {
  if (!isRoot) return;
  world = await emulateHost();
  lab = await driveLab(world.host, cached);
  rmSync(cacheFolder, { recursive: true, force: true });
  const { folder } = await modulesBuild();
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const [images = "", archive = ""] = ["images", "registry"].map((part) =>
    join(folder, `k3s-airgap-${part}-${arch}.tar`),
  );
  const own = await ownRegistry(world.host, at("own"), archive);
  writeFileSync(at("own-password"), passwords.first[0]);
  running = await own.start();
  for (const target of ["app:1", "app:2"]) {
    await own.push(`docker-archive:${images}:docker.io/rancher/mirrored-pause:3.6`, target);
  }
});

test.after(async () => {
  await running?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  rmSync(cacheFolder, { recursive: true, force: true });
  await world?.[Symbol.asyncDispose]();
});

const at = (file: string) => join(lab.dir, file);
const inside = (node: string, script: string) => lab.npm("lab:exec", [node, "sh", "-c", script]);
const pull = (node: string, image: string) => inside(node, `k3s crictl pull ${upstream}/${image}`);

async function pulls(node: string, image: string): Promise<void> {
  const { exitCode, stderr } = await pull(node, image);
  assert.is(exitCode, 0, `${node}: ${stderr}`);
}

/** Takes what lab.yaml says, as the plan says that it will be done; resolves with its sentences. */
async function upAsPlanned(): Promise<readonly string[]> {
  const { plan, exitCode, events, differences } = await planThenUp(lab);
  assert.is(exitCode, 0, JSON.stringify(events.filter(({ event }) => event === "problem")));
  assert.equal(differences, []);
  return (plan as Plan).stages.flatMap(({ actions }) => actions.map(({ sentence }) => sentence));
}

realTest("what one node has pulled, another gets while the registry is gone", async () => {
  await upAsPlanned();
  await pulls("multi", "app:1");
  assert.match(await lab.npmOk("images"), new RegExp(`^${upstream}/app:1 +- +\\d[^ ]* k?B `, "m"));
  await running?.[Symbol.asyncDispose]();
  running = undefined;
  await pulls("agent1", "app:1");
  assert.is((await pull("agent1", "app:2")).exitCode, 1, "nobody has pulled it");
  await upChangesNothing(lab);
});

realTest("its password is known to the cache's Secret alone", async () => {
  const [secret] = passwords.first;
  const state = await world.host.run("grep", ["-rlF", secret, at(".lab")], { answers: "any" });
  assert.is(state.stdout, "");
  const told = await Promise.all([
    lab.kubectl("get", "deployments,services,configmaps,events", "-A", "-o", "yaml"),
    lab.kubectl("-n", "kube-system", "logs", "deployment/kube-registry-cache"),
  ]);
  for (const text of told) assert.not.match(text, secret);
});

realTest("a lab that is made anew has the images, without the registry; gc removes what is old", async () => {
  await lab.npmOk("lab:down");
  await lab.npmOk("lab:up");
  await pulls("agent1", "app:1");
  assert.match(await lab.npmOk("gc", ["--cache", "--dry-run"]), "There is nothing to collect.");
  const dry = await lab.npmOk("gc", ["--cache", "--older-than", "0", "--dry-run"]);
  assert.match(dry, / {2}host: remove \d+ blobs .* of 192\.168\.77\.10_5001 that were not pulled for 0 days/);
});

realTest("a cache that is not asked for any more is removed, and no machine is restarted", async () => {
  await eventually("the lab is up", async () => (await lab.npm("lab:status")).exitCode === 0);
  lab.configure(nodes);
  const planned = await upAsPlanned();
  assert.ok(planned.some((sentence) => sentence.includes("Deployment kube-system/kube-registry-cache")));
  assert.not.ok(planned.some((sentence) => sentence.includes("mounts")));
  assert.not.match(await lab.kubectl("-n", "kube-system", "get", "deployments,secrets"), "kube-registry-cache");
  await upChangesNothing(lab);
});

test.run();
