import { hasLimits, limitArgs, sizeOf } from "../../../src/drivers/docker/limits.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines docker limits");

const container = (Memory: number, NanoCpus: number) => ({ HostConfig: { Memory, NanoCpus, PortBindings: null } });

test("Docker is told bytes and processors, and nothing of what is not limited", () => {
  const args = limitArgs(sizeOf({ memory: 2048, cpus: 2 }));
  assert.equal(args, ["--memory", "2147483648", "--memory-swap", "-1", "--cpus", "2"]);
  assert.equal(limitArgs(sizeOf({ cpus: 1 })), ["--cpus", "1"]);
  assert.equal(limitArgs(sizeOf({})), []);
});

test("a container has the limits that Docker tells", () => {
  assert.ok(hasLimits(container(2 ** 31, 2e9), { memory: 2048, cpus: 2 }));
  assert.not.ok(hasLimits(container(2 ** 30, 2e9), { memory: 2048, cpus: 2 }));
  assert.not.ok(hasLimits(container(2 ** 31, 0), { memory: 2048, cpus: 2 }));
  assert.ok(hasLimits(container(0, 0), {}));
  assert.not.ok(hasLimits(container(2 ** 31, 0), {}));
});

test("all that the host has is no limit", () => {
  const all = { bytes: 2 ** 34, cpus: 4 };
  assert.ok(hasLimits(container(2 ** 34, 4e9), {}, all));
  assert.not.ok(hasLimits(container(2 ** 33, 4e9), {}, all));
});

test.run();
