import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runSampled, runTimed } from "../src/run-timed.js";

const test = suite("bench runs");

test("a run that is sampled shares the file of its Node with no other process", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-bench-run-"));
  process.env.K3S_LAB_CACHE = join(dir, "cache");
  try {
    const told = join(dir, "told");
    const tell = "require('node:fs').writeFileSync(process.argv[1], process.execPath)";
    await runSampled([process.execPath, "-e", tell, told], { env: {} }, 10);
    const node = readFileSync(told, "utf8");
    assert.ok(node.startsWith(`${dir}/cache-bench-`) && node.endsWith("/node"), node);
    assert.ok(existsSync(node), "it is there for the next run");
    assert.is.not(statSync(node).ino, statSync(process.execPath).ino);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a command that fails is quoted", async () => {
  const script = "for (let n = 1; n < 9; n++) console.log(`event ${n}`); process.exit(1)";
  const error = await runTimed([process.execPath, "-e", script], { env: {} }).catch((reason: unknown) => reason);
  assert.instance(error, CommandFailed);
  assert.match((error as CommandFailed).what, /exit code 1\nevent 6\nevent 7\nevent 8$/);
});

test.run();
