// Ctrl-C, SIGKILL and two commands at once: whatever is half done, the next run repairs.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, emulateHost, type Snapshot, type World, rootOnly, isRoot } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab, eventually, readyNodes, root } from "./drive-lab.js";

const test = suite("an interrupted lab");
const realTest = rootOnly("an interrupted lab", test);

let world: World;
let lab: DrivenLab;
let before: Snapshot;

test.before(async () => {
  if (!isRoot) return;
  world = await emulateHost();
  lab = await driveLab(world.host, "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n");
  before = await lab.snapshot();
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** Runs lab:up until it prints a line, then ends it by a signal to its whole group, as a terminal does. */
async function interruptedAt(line: string, signal: "INT" | "KILL"): Promise<string> {
  const script = `
    setsid npm run -s lab:up -- --config "$0" >"$1" 2>&1 &
    for i in $(seq 3000); do
      if grep -q "$2" "$1"; then kill -s ${signal} -- -$!; wait $!; echo "exit code $?"; exit; fi
      sleep 0.02
    done
    echo "never printed $2"; kill -9 -- -$!`;
  const log = `${lab.dir}/interrupted.log`;
  const options = { cwd: root, timeout: 120_000, answers: "any" } as const;
  const { stdout } = await world.host.run("bash", ["-c", script, `${lab.dir}/lab.yaml`, log, line], options);
  return stdout + (await world.host.run("cat", [log])).stdout;
}

const stagesLeft = async (): Promise<string> =>
  (
    await world.host.run("sh", [
      "-c",
      "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o 'node ../../scripts/dist/[s]tage.js [a-z-]*' || true",
    ])
  ).stdout;

for (const [line, signal] of [
  ["agent1: make a machine", "INT"],
  ["machines: multi: start", "KILL"],
  ["multi: install K3s", "INT"],
  ["start the K3s server", "KILL"],
  ["join multi", "INT"],
  ["apply Deployment", "KILL"],
] as const) {
  realTest(`SIG${signal} at "${line}", from nothing, is repaired by the next lab:up`, async () => {
    const output = await interruptedAt(line, signal);
    if (signal === "INT") assert.match(output, "exit code 130");
    assert.match(output, line);
    await eventually("no stage is left at work", async () => (await stagesLeft()) === "", 20_000);
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
  assert.match(await lab.npmOk("lab:up"), "nothing had to be done");
});

realTest("a lab:down that is cut short is ended by the next", async () => {
  const cut = 'setsid timeout -s KILL 0.9 npm run -s lab:down -- --config "$0" || true';
  await world.host.run("sh", ["-c", cut, `${lab.dir}/lab.yaml`], { cwd: root });
  await lab.npmOk("lab:down");
  // What the one that was cut short had just started is ending by itself.
  const difference = async () => diffSnapshots(before, await lab.snapshot());
  await eventually("nothing is left", async () => (await difference()) === "", 10_000).catch(() => {});
  assert.is(await difference(), "");
});

test.run();
