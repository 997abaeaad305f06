import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Extent } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { tellGrowth } from "../src/tell-growth.js";

const test = suite<{ dir: string; file: string }>("registry tell-growth");
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-growth-"));
  context.file = join(context.dir, "saved.tar");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function listen(total: number | undefined) {
  const told: (Extent | undefined)[] = [];
  const progress = (message: string, extent?: Extent) => {
    assert.is(message, "saving a");
    told.push(extent);
  };
  return { told, growing: { message: "saving a", total, progress, lookEvery: 1 } };
}

/** Writes ten bytes, and goes on once they were told. */
async function grow(file: string, told: readonly unknown[]): Promise<void> {
  appendFileSync(file, Buffer.alloc(10));
  const before = told.length;
  while (told.length < before + 2) await sleep(1);
}

test("the bytes of a file are told while it grows, and its end where it has come to it", async ({ file }) => {
  const { told, growing } = listen(15);
  const write = async () => {
    await grow(file, told);
    await grow(file, told);
    return "saved";
  };
  assert.is(await tellGrowth(file, write(), growing), "saved");
  assert.ok(told.some((extent) => extent?.done === 10 && extent.total === 15));
  assert.equal(told.at(-1), { done: 20, total: 20, unit: "bytes" });
  const told1 = told.length;
  await sleep(20);
  assert.is(told.length, told1, "and nothing after that");
});

test("where the end is not known, bytes alone are told; what fails has no end", async ({ file }) => {
  const { told, growing } = listen(undefined);
  const write = async () => {
    await grow(file, told);
    throw new Error("no space");
  };
  const error = await tellGrowth(file, write(), growing).catch((reason: Error) => reason.message);
  assert.is(error, "no space");
  assert.equal(told.at(-1), { done: 10, total: undefined, unit: "bytes" });
});

test.run();
