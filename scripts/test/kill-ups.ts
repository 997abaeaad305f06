// SIGKILL at moments of lab:up that chance picks, for all that it has started at once: the next one makes the lab whole.
// The same moments again: K3S_LAB_SEED=7 npm test -- scripts/test/up-killed.e2e.test.ts
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemDir } from "@k3s-lab/host";
import { labDigest } from "@k3s-lab/lab";
import { diffSnapshots, emulateHost, isRoot, rootOnly, type Snapshot, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { driveLab, type DrivenLab, eventually, readyNodes, root } from "./drive-lab.js";
import { startKillable } from "./kill-command.js";

const seed = process.env.K3S_LAB_SEED ?? "k3s-lab";
const nodes = ["agent1", "agent2", "multi"];
/** Milliseconds. */
const lifetime = 60 * 60_000;

/** Registers and runs the tests: this many moments, one in each of as many equal parts of a whole lab:up. */
export function killUps(kills: number): void {
  const test = suite("a lab:up that is killed");
  const realTest = rootOnly("a lab:up that is killed", test);
  let world: World;
  let lab: DrivenLab;
  let before: Snapshot;
  /** Milliseconds that a whole lab:up takes. */
  let whole = 0;
  /** How many kills have hit what they are for. */
  const hits = { stages: 0, zombies: 0 };

  test.before(async () => {
    if (!isRoot) return;
    world = await emulateHost({ lifetime });
    const [agent1, agent2] = nodes;
    lab = await driveLab(
      world.host,
      `nodes:\n  - { name: multi, role: server }\n  - { name: ${agent1} }\n  - { name: ${agent2} }\n`,
    );
    before = await lab.snapshot();
    // The first one has caches to fill, which takes half as long again, and none of those that are killed has.
    for (let round = 0; round < 2; round++) {
      const started = performance.now();
      await lab.npmOk("lab:up");
      whole = performance.now() - started;
      await lab.npmOk("lab:down");
    }
  });

  test.after(async () => {
    await lab?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });

  /** Tells what state the process is in that has the lab's lock; undefined where none has it. */
  async function lockHolder(): Promise<string | undefined> {
    const lock = join(lab.dir, ".lab/lock");
    const [pid] = (existsSync(lock) ? readdirSync(lock) : []).map((name) => name.replace(/-.*/, ""));
    if (pid === undefined) return undefined;
    const { stdout } = await world.host.run("sed", ["-n", String.raw`s/^State:\t//p`, `/proc/${pid}/status`], {
      answers: "any",
    });
    return stdout;
  }

  /** Finds what a killed writer has left on the machines' disks. */
  async function halfWritten(): Promise<string> {
    const machines = join(systemDir, labDigest(join(lab.dir, ".lab")), "machines");
    const names = ["-name", "*.part", "-o", "-name", "*.part.??????"];
    // Files that pods remove meanwhile are no failure.
    return (await world.host.run("find", [machines, ...names], { answers: "any" })).stdout;
  }

  for (let index = 0; index < kills; index++) {
    const isReaped = index % 2 === 0;
    const name = `kill ${index + 1} of ${kills} (seed ${seed}), the dead ${isReaped ? "reaped" : "left as zombies"}`;
    realTest(`${name}: the next lab:up makes the lab whole`, async () => {
      const after = ((index + chance(index)) / kills) * whole;
      await using up = await startKillable(
        world.host,
        ["npm", "run", "-s", "lab:up", "--", "--config", `${lab.dir}/lab.yaml`],
        { cwd: root, output: `${lab.dir}/killed.log` },
      );
      await sleep(after);
      const killed = await up.kill();
      if (killed.some((words) => words.includes("run.js stage "))) hits.stages += 1;
      const moment = `killed after ${(after / 1000).toFixed(3)} s of ${(whole / 1000).toFixed(1)} s:\n${killed.join("\n")}`;
      if (isReaped) await up[Symbol.asyncDispose]();
      else if ((await lockHolder())?.startsWith("Z")) hits.zombies += 1;
      try {
        await lab.npmOk("lab:up").catch((cause: unknown) => {
          throw new Error(moment, { cause });
        });
        assert.equal(await readyNodes(lab), nodes, moment);
        assert.is((await lab.npm("lab:plan", ["--exit-code"])).exitCode, 0, moment);
        assert.is(await halfWritten(), "", moment);
      } finally {
        // The next moment is one of a whole lab:up again.
        await lab.npmOk("lab:down");
      }
    });
  }

  realTest("most kills have met stages at work, and those of the dead that nobody reaped have held the lock", () => {
    // The first moment may be too early, and the last too late.
    assert.ok(hits.stages >= kills * 0.7, `stages were killed ${hits.stages} times`);
    assert.ok(hits.zombies >= kills * 0.3, `zombies have held the lock ${hits.zombies} times`);
  });

  realTest("afterwards the host is as it was before", async () => {
    const difference = async () => diffSnapshots(before, await lab.snapshot());
    await eventually("nothing is left", async () => (await difference()) === "", 10_000).catch(() => {});
    assert.is(await difference(), "");
  });

  test.run();
}

/** A number from 0 to 1 that is the same in every run with the same seed. */
function chance(index: number): number {
  return createHash("sha256").update(`${seed} ${index}`).digest().readUInt32BE() / 2 ** 32;
}
