// What turbo starts in the place of npm runs just the lines that npm would run.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const test = suite<{ dir: string }>("scripts quick-npm");
const quick = join(root, "scripts/quick-npm");
const tasks = ["lab:fetch", "lab:up", "lab:ahead"] as const;

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-npm-"));
  // They tell how they were called, and run nothing.
  for (const name of ["node", "npm"]) {
    writeFileSync(join(context.dir, name), `#!/bin/sh\necho "${name} $*"\n`, { mode: 0o755 });
  }
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const npm = async (dir: string, cwd: string, ...args: readonly string[]) =>
  (
    await run(join(quick, "npm"), args, { cwd, env: { PATH: [quick, dir, process.env.PATH].join(delimiter) } })
  ).stdout.trim();

test("each stage's tasks are run as its package.json has them", async ({ dir }) => {
  let stages = 0;
  for (const name of readdirSync(join(root, "packages"))) {
    const folder = join(root, "packages", name);
    const { scripts = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      scripts?: Readonly<Record<string, string>>;
    };
    if (scripts["lab:up"] === undefined) continue;
    stages++;
    for (const task of tasks) assert.is(await npm(dir, folder, "run", task), scripts[task], `${name} ${task}`);
  }
  assert.is(stages, 4);
});

test("what it does not know is npm's own", async ({ dir }) => {
  const folder = join(root, "packages/machines");
  for (const args of [["run", "lab:none"], ["run", "lab:up", "--", "x"], ["ls"]]) {
    assert.is(await npm(dir, folder, ...args), `npm ${args.join(" ")}`);
  }
});

test.run();
