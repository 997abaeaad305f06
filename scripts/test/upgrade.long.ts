// A roll-out of another K3s to a server and four agents, two at a time, whose lab:up is killed at five of its moments: the next one
// goes on each time, nothing stays cordoned, and a workload of two replicas answers all the time.
// K3S_LAB_NEWER names the folder of a real build to roll out; else it is a stamping of the one that is there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { emulateHost, isRoot, rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { kubelets, startWeb } from "./answering-web.js";
import { driveLab, type DrivenLab, modulesBuild, root, upChangesNothing } from "./drive-lab.js";
import { startKillable } from "./kill-command.js";
import { stampK3s } from "./stamp-k3s.js";

const test = suite("a roll-out that is killed");
const realTest = rootOnly("a roll-out that is killed", test);
const agents = ["agent1", "agent2", "agent3", "agent4"];
let world: World;
let lab: DrivenLab;
/** Of the build that is rolled out. */
let newer: { readonly folder: string; readonly version: string };

test.before(async () => {
  if (!isRoot) return;
  const build = await modulesBuild();
  world = await emulateHost({ lifetime: 60 * 60_000 });
  lab = await driveLab(world.host);
  const folder = process.env.K3S_LAB_NEWER ?? (await stampK3s(build, "v1.34.5+k3s0001", join(lab.dir, "stamped")));
  newer = { folder, version: readFileSync(join(folder, "VERSION"), "utf8").trim() };
  ask(build.folder);
  await lab.npmOk("lab:up");
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

function ask(directory: string): void {
  const nodes = agents.map((name) => `  - { name: ${name} }\n`).join("");
  lab.configure(
    `name: rolled\nnodes:\n  - { name: multi, role: server }\n${nodes}cluster: { source: directory, directory: ${directory}, upgradeBatch: 2 }\n`,
  );
}

interface Moment {
  readonly what: string;
  /** Any of them has come to it. */
  readonly nodes: readonly string[];
  /** In bash, ends when it has come. */
  readonly awaited: string;
}

const changed = (file: string) =>
  `was=$(stat -c %i ${file}); until is=$(stat -c %i ${file} 2>/dev/null) && [ $is != $was ]; do sleep 0.02; done`;
const stopped = (unit: string) =>
  `until [ "$(systemctl show -p ActiveState --value ${unit})" != active ]; do sleep 0.02; done`;

const moments: readonly Moment[] = [
  { what: "the server has the new file", nodes: ["multi"], awaited: changed("/usr/local/bin/k3s") },
  { what: "the server is being restarted", nodes: ["multi"], awaited: stopped("k3s") },
  {
    what: "an agent is drained",
    nodes: ["multi"],
    awaited: "until k3s kubectl get nodes 2>/dev/null | grep -q SchedulingDisabled; do sleep 0.1; done",
  },
  { what: "an agent was stopped", nodes: agents, awaited: stopped("k3s-agent") },
  { what: "an agent is recorded as upgraded", nodes: agents, awaited: changed("/etc/rancher/k3s/k3s-lab.sha256") },
];

/** Kills lab:up as soon as a moment has come. */
async function killAt({ what, nodes, awaited }: Moment, index: number): Promise<void> {
  const over = new AbortController();
  const watches = nodes.map(async (node) => {
    const { exitCode } = await lab.npm("lab:exec", [node, "timeout", "300", "bash", "-c", awaited], {
      signal: over.signal,
    });
    if (exitCode !== 0) throw new Error(`${node}: never saw that ${what}`);
  });
  const output = join(lab.dir, `killed-${index}.log`);
  const command = ["npm", "run", "-s", "lab:up", "--", "--config", join(lab.dir, "lab.yaml")];
  await using up = await startKillable(world.host, command, { cwd: root, output });
  try {
    await Promise.any(watches);
    const killed = await up.kill();
    assert.ok(
      killed.some((words) => words.includes("run.js stage ")),
      `${what}: lab:up had ended:\n${readFileSync(output, "utf8")}`,
    );
  } finally {
    over.abort();
    await Promise.allSettled(watches);
  }
}

const asking = () => ({ host: world.host, lab });

realTest("a lab:up that is killed in it goes on, two agents at a time, and all is answered", async () => {
  await using web = await startWeb(asking());
  const counting =
    "while :; do k3s kubectl get nodes 2>/dev/null | grep -c SchedulingDisabled >>/tmp/cordoned; sleep 0.2; done";
  await lab.npmOk("lab:exec", ["multi", "systemd-run", "--quiet", "--unit=counting", "bash", "-c", counting]);
  ask(newer.folder);
  for (const [index, moment] of moments.entries()) {
    await killAt(moment, index);
    console.log(`killed when ${moment.what}: ${JSON.stringify(await kubelets(asking()).catch(() => "no API"))}`);
  }
  console.log(await lab.npmOk("lab:plan"));
  await lab.npmOk("lab:up");
  const { answers, failures } = await web.end();
  assert.equal(await kubelets(asking()), Object.fromEntries(["multi", ...agents].map((name) => [name, newer.version])));
  assert.equal(failures, []);
  assert.ok(answers[0] > 100 && answers[1] > 50, String(answers));
  const counts = (await lab.npmOk("lab:exec", ["multi", "sort", "-n", "/tmp/cordoned"])).trim().split("\n");
  assert.is(counts.at(-1), "2", "the most agents that were cordoned at once");
});

realTest("afterwards there is nothing to do", () => upChangesNothing(lab));

test.run();
