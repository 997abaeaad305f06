import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { run } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import { eventually } from "@k3s-lab/testbed";
import { writeArgv } from "../src/write-argv.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

interface Context {
  dir: string;
}

const hasBusybox = isInstalled("busybox");
if (!hasBusybox) console.log("skipped: writing files by busybox, which is not installed");

for (const tools of hasBusybox ? ["the host", "busybox"] : ["the host"]) {
  const test = suite<Context>(`machines write files by the tools of ${tools}`);

  test.before.each((context) => {
    context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-write-"));
  });
  test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

  /** busybox' shell takes its own tools before those on PATH. */
  const commandBy = (around: readonly string[], [, ...argv]: readonly string[]) => {
    const sh = tools === "busybox" ? ["busybox", "sh"] : ["sh"];
    return [...around, ...sh, ...argv];
  };
  const runIt = (around: readonly string[], command: readonly string[], input: string) => {
    const [program = "", ...args] = commandBy(around, command);
    return run(program, args, { answers: "any", input });
  };
  const shell: readonly string[] = [];

  test("a file is replaced at once, with its mode, and folders on the way are made", async ({ dir }) => {
    const file = join(dir, "a folder/file");
    await runIt(shell, writeArgv(file, 0o640), "first");
    const before = statSync(file);
    await runIt(shell, writeArgv(file, 0o640), "second");
    assert.is(readFileSync(file, "utf8"), "second");
    assert.is(statSync(file).mode & 0o777, 0o640);
    assert.is.not(statSync(file).ino, before.ino);
    assert.equal(readdirSync(join(dir, "a folder")), ["file"]);
  });

  test("a file that cannot be written to its end leaves nothing behind", async ({ dir }) => {
    const limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"] as const;
    const { exitCode } = await runIt(limited, writeArgv(join(dir, "x"), 0o640), "x".repeat(100_000));
    assert.is.not(exitCode, 0);
    assert.equal(readdirSync(dir), []);
  });

  test("what a killed run has left half written goes when the file is written again", async ({ dir }) => {
    const file = join(dir, "k3s");
    const kill = new AbortController();
    const [program = "", ...args] = commandBy(shell, writeArgv(file, 0o640));
    const killed = run(program, args, { inputStream: new PassThrough(), signal: kill.signal });
    await eventually("it writes", () => readdirSync(dir).length > 0);
    kill.abort();
    await killed.catch(() => {});
    assert.is(readdirSync(dir).length, 1);
    writeFileSync(`${file}.backup`, "a person's own");
    await runIt(shell, writeArgv(file, 0o640), "x");
    assert.equal(readdirSync(dir), ["k3s", "k3s.backup"]);
  });

  test("a folder is no file to be replaced", async ({ dir }) => {
    mkdirSync(join(dir, "x"));
    const { exitCode, stderr } = await runIt(shell, writeArgv(join(dir, "x"), 0o640), "x");
    assert.equal([exitCode, stderr], [1, `${join(dir, "x")}: is a folder`]);
    assert.equal(readdirSync(join(dir, "x")), []);
  });

  test.run();
}
