// The order in which nodes are stopped, and the shell that does it, with programs that stand in for containerd's.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { openLab } from "@k3s-lab/lab";
import { machinesRecord, NotRunning } from "@k3s-lab/machines";
import { parseCidr } from "@k3s-lab/ip";
import { carryOut, sentencesOf, until } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { shellArgv } from "../../src/shell.js";
import { isRunning, stopK3sSteps } from "../../src/steps/stop-k3s.js";

const test = suite<{ dir: string }>("stopping K3s");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-stop-")));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

async function labOfThree(dir: string) {
  const lab = await openLab(join(dir, "lab.yaml"));
  const machine = (name: string, role: "server" | "agent", last: number) =>
    ({
      name,
      role,
      address: `10.76.0.${last}`,
      prefixLength: 24,
      mac: "02:00:00:00:00:01",
      interface: "eth0",
    }) as const;
  lab.state.write(machinesRecord, {
    driver: "lxc",
    machines: [machine("multi", "server", 10), machine("agent1", "agent", 11), machine("agent2", "agent", 12)],
    lan: { kind: "private", bridge: "lab0", subnet: parseCidr("10.76.0.0/24") },
    gateway: "10.76.0.1",
    resolvers: [],
  });
  return lab;
}

test("the agents are stopped before their server, and a machine that stands still is left alone", async ({ dir }) => {
  const lab = await labOfThree(dir);
  const runs = new Set(["multi", "agent1"]);
  const stopped: string[] = [];
  const driver = {
    timeoutFactor: 1,
    exec: async (name: string, argv: readonly string[]) => {
      if (name === "agent2") throw new NotRunning(name, "stopped");
      if (argv.includes("stop")) {
        runs.delete(name);
        stopped.push(name);
      }
      const stdout = `service ActiveState=${runs.has(name) ? "active" : "inactive"}`;
      return { exitCode: 0, stdout, stderr: "" };
    },
  };
  const sentences = ["agent1: stop K3s and its pods", "multi: stop K3s and its pods"];
  assert.equal(await sentencesOf(stopK3sSteps(lab, driver)), sentences);
  await carryOut(stopK3sSteps(lab, driver), { stage: "cluster", report: () => {} });
  assert.equal(stopped, ["agent1", "multi"]);
  assert.equal(await sentencesOf(stopK3sSteps(lab, driver)), []);
});

test("a service that is about to start runs, and so does a pod that its K3s has left", () => {
  for (const state of ["active", "activating", "reloading", "deactivating"]) {
    assert.ok(isRunning(`service ActiveState=${state}\nservice UnitFileState=enabled`), state);
  }
  assert.ok(isRunning("service ActiveState=inactive\npod 4711"));
  for (const state of ["inactive", "failed"]) {
    assert.not.ok(isRunning(`service ActiveState=${state}\nservice UnitFileState=enabled`), state);
  }
});

/** Starts a shim of containerd's, to the eye of the script: its children are the containers' first processes. */
async function startShim(dir: string, ...containers: readonly string[]): Promise<ChildProcess> {
  mkdirSync(join(dir, "data/1a2b/bin"), { recursive: true });
  const shim = join(dir, "data/1a2b/bin/containerd-shim-runc-v2");
  copyFileSync(realpathSync("/bin/bash"), shim);
  const script = `${containers.map((each) => `bash -c '${each}' &`).join("\n")}\necho started; wait; wait`;
  const child = spawn(shim, ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  return child;
}

const script = (dir: string, mode: "see" | "stop", seconds = 1) =>
  run("sh", [
    ...shellArgv("stop-k3s").slice(1),
    mode,
    "echo service ActiveState=inactive",
    `echo stopped >>'${dir}/service'`,
    join(dir, "data"),
    String(seconds),
  ]);

test("pods are asked to end after the service was stopped, and one that does not is killed", async ({ dir }) => {
  const ends = `trap "echo ended >>${dir}/service; exit" TERM; while :; do sleep 0.05; done`;
  const stays = `trap "" TERM; while :; do sleep 0.05; done`;
  const shim = await startShim(dir, ends, stays);
  const over = once(shim, "exit");
  const { stdout } = await script(dir, "see");
  assert.is(stdout.match(/^pod \d+$/gm)?.length, 2, stdout);
  // Both have set their traps by then.
  await until({ every: 20, within: 5000, look: async () => await trapsIn(stdout) });
  await script(dir, "stop");
  assert.equal((await run("cat", [join(dir, "service")])).stdout.split("\n"), ["stopped", "ended"]);
  await over;
  assert.is((await script(dir, "see")).stdout, "service ActiveState=inactive");
});

/** Whether each pod catches or ignores SIGTERM (bit 15), as the kernel tells. */
async function trapsIn(seen: string): Promise<{ value: true } | { reason: string }> {
  const pids = [...seen.matchAll(/^pod (\d+)$/gm)].map(([, pid]) => pid);
  const { stdout } = await run("grep", ["-hE", "^Sig(Ign|Cgt):", ...pids.map((pid) => `/proc/${pid}/status`)]);
  const set = stdout.split("\n").filter((line) => (Number.parseInt(line.slice(-8), 16) & (1 << 14)) !== 0);
  return set.length === 2 ? { value: true } : { reason: "a trap is not set" };
}

test("without pods, stopping takes no time", async ({ dir }) => {
  const before = performance.now();
  await script(dir, "stop", 60);
  assert.ok(performance.now() - before < 30_000);
});

test.run();
