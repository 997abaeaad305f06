// Ctrl-C, SIGKILL and two commands at once: whatever is half done, the next run repairs.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, eventually as lookUntil, rootOnly, type Snapshot, type World } from "@k3s-lab/testbed";
import { type DrivenLab, eventually, readyNodes, root, upChangesNothing } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { startKillable } from "./kill-command.js";

const test = suite("an interrupted lab");
const realTest = rootOnly("an interrupted lab", test);

let world: World;
let lab: DrivenLab;
let before: Snapshot;

shareLab(test, {
  yaml: "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n",
  async ready(shared) {
    ({ world, lab } = shared);
    before = await lab.snapshot();
  },
});

const command = (script: string) => ["npm", "run", "-s", script, "--", "--config", `${lab.dir}/lab.yaml`];

/** Runs lab:up until it prints a line, then ends its whole group, as a terminal does at Ctrl-C. */
async function interruptedAt(line: string): Promise<string> {
  const script = `
    log=$0 line=$1; shift
    setsid "$@" >"$log" 2>&1 &
    for i in $(seq 3000); do
      if grep -q "$line" "$log"; then kill -s INT -- -$!; wait $!; echo "exit code $?"; exit; fi
      sleep 0.02
    done
    echo "never printed $line"; kill -9 -- -$!`;
  const log = `${lab.dir}/interrupted.log`;
  const options = { cwd: root, timeout: 120_000, answers: "any" } as const;
  const { stdout } = await world.host.run("bash", ["-c", script, log, line, ...command("lab:up")], options);
  return stdout + readFileSync(log, "utf8");
}

/** Runs lab:up until it prints a line, then kills it with all that it has started. */
async function killedAt(line: string): Promise<string> {
  const output = `${lab.dir}/killed.log`;
  await using up = await startKillable(world.host, command("lab:up"), { cwd: root, output });
  const isPrinted = () => readFileSync(output, "utf8").includes(line);
  await lookUntil(`lab:up prints ${line}`, isPrinted, { within: 60_000, every: 20 });
  const killed = await up.kill();
  assert.match(killed.join("\n"), "run.js stage ");
  return readFileSync(output, "utf8");
}

const stagesLeft = async (): Promise<string> =>
  (
    await world.host.run("sh", [
      "-c",
      "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o 'scripts/bin/[r]un.js stage [a-z-]*' || true",
    ])
  ).stdout;

for (const [line, signal] of [
  ["agent1: make a machine", "INT"],
  ["machines: multi: start", "KILL"],
  ["multi: install K3s", "INT"],
  ["start the K3s server", "KILL"],
  ["join multi", "INT"],
  ["host: push multi", "KILL"],
] as const) {
  realTest(`SIG${signal} at "${line}", from nothing, is repaired by the next lab:up`, async () => {
    const output = signal === "INT" ? await interruptedAt(line) : await killedAt(line);
    if (signal === "INT") assert.match(output, "exit code 130");
    assert.match(output, line);
    // Whom SIGINT has reached may still tidy up.
    if (signal === "INT") await eventually("no stage is left at work", async () => (await stagesLeft()) === "", 20_000);
    else assert.is(await stagesLeft(), "");
    await lab.npmOk("lab:up");
    assert.equal(await readyNodes(lab), ["agent1", "multi"]);
    await lab.npmOk("lab:down");
  });
}

realTest("while a lab:up is at work, a second one is refused", async () => {
  const first = lab.npm("lab:up");
  await eventually("lab:up is at work", async () => (await stagesLeft()) !== "", 20_000);
  for (const script of ["lab:up", "lab:down"]) {
    const { exitCode, stderr } = await lab.npm(script);
    assert.is(exitCode, 1);
    assert.match(stderr, /\.lab: lab:up is at work here \(process \d+\)\. Wait for it to end/);
  }
  const { exitCode, stderr } = await first;
  assert.is(exitCode, 0, stderr);
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  await upChangesNothing(lab);
});

realTest("a lab:down that is cut short is ended by the next", async () => {
  {
    const output = `${lab.dir}/killed.log`;
    await using down = await startKillable(world.host, command("lab:down"), { cwd: root, output });
    await sleep(600);
    await down.kill();
    await lab.npmOk("lab:down");
  }
  // What the one that was cut short had just started is ending by itself.
  const difference = async () => diffSnapshots(before, await lab.snapshot());
  await eventually("nothing is left", async () => (await difference()) === "", 10_000).catch(() => {});
  assert.is(await difference(), "");
});

test.run();
