import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { whileFrozen } from "../src/freeze.js";

const test = suite("snapshots freeze");
const never = new AbortController().signal;

/** Disks that only tell what is done to them. */
function disks() {
  const told: string[] = [];
  return {
    told,
    freeze: async (name: string) => void told.push(`freeze ${name}`),
    thaw: async (name: string) => void told.push(`thaw ${name}`),
    async thawLater(names: readonly string[], signal: AbortSignal) {
      told.push(`later ${names.join(" ")}`);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      told.push("not later");
    },
  };
}

test("all machines stand still while the work is done, and who would thaw them later is told", async () => {
  const { told, ...rest } = disks();
  const frozen = await whileFrozen(rest, ["a", "b"], async () => void told.push("work"), never);
  assert.equal(told, ["later a b", "freeze a", "freeze b", "work", "thaw a", "thaw b", "not later"]);
  assert.ok(frozen !== undefined && frozen > 0);
});

test("work that fails leaves nothing frozen", async () => {
  const { told, ...rest } = disks();
  const work = async () => {
    throw new Error("no room");
  };
  try {
    await whileFrozen(rest, ["a"], work, never);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "no room");
  }
  assert.equal(told.slice(-2), ["thaw a", "not later"]);
});

test("work that takes too long is ended, and there is no time to tell", async () => {
  const { told, ...rest } = disks();
  const started = performance.now();
  const work = (signal: AbortSignal) => sleep(60_000, undefined, { signal });
  assert.is(await whileFrozen(rest, ["a"], work, never), undefined);
  assert.ok(performance.now() - started < 3000);
  assert.ok(told.includes("thaw a"));
});

test("machines that stand still anyway may take any time", async () => {
  const { told, ...rest } = disks();
  assert.is(await whileFrozen(rest, [], async () => {}, never), 0);
  assert.equal(told, []);
});

test("an interruption is no lateness", async () => {
  const { told, ...rest } = disks();
  const interrupted = new AbortController();
  const work = async (signal: AbortSignal) => {
    interrupted.abort();
    signal.throwIfAborted();
  };
  try {
    await whileFrozen(rest, ["a"], work, interrupted.signal);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).name, "AbortError");
  }
  assert.ok(told.includes("thaw a"));
});

test.run();
