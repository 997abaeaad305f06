#!/usr/bin/env node
// npm test: builds, then runs every check and every test. The build is started with nothing but node: the packages
// that the runner itself uses may not be built yet, and no test may run against what an older source was built to.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Needs } from "./run.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const args = process.argv.slice(2);
// What suites read of commands is what a person sees; a job of GitHub's would have it in groups, with annotations of failures that
// a test has asked for.
delete process.env.GITHUB_ACTIONS;
// With names only what they need is built: another package may be in the middle of a change.
const names = args.filter((arg) => !arg.startsWith("-"));
const named = names.flatMap((name) => /packages\/[^/*]+/.exec(name) ?? []);
const known = named.filter((name) => existsSync(join(root, name, "tsconfig.json")));
const narrow = known.length > 0 && known.length === names.length;

/** Does what `npm run build` does, for some projects or for all. Commands are bundles, which are made after every build. */
function build(projects: readonly string[]): boolean {
  const run = (program: string, words: readonly string[]) =>
    spawnSync(program, words, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
  const done =
    run(join(root, "node_modules/.bin/tsc"), ["-b", ...projects]) &&
    run(process.execPath, ["--import", "tsx", "scripts/bundle.ts"]);
  if (!done) console.log("failed: build: nothing was tested\n0 passed, 1 failed");
  return done;
}

/** Installs Debian's packages that the tests need. Their tables are in most packages, which are built for that. */
async function prepare({ suites, checks, inCi }: Needs): Promise<boolean> {
  if (!suites && !(checks && inCi)) return true;
  if (narrow && !build(["packages/test-runner"])) return false;
  const { checkPrograms, installPrograms, suitePrograms } = await import("./programs.js");
  const programs = [...(suites ? suitePrograms : []), ...(checks && inCi ? checkPrograms : [])];
  const lacking = await installPrograms(programs);
  if (lacking === undefined) return true;
  console.log(`npm test: ${lacking}`);
  if (inCi) console.log("failed: programs of the tests: nothing was tested\n0 passed, 1 failed");
  return !inCi;
}

if (build(narrow ? [...new Set([...known, "packages/exec"])] : [])) {
  const { runTests } = await import("./run.js");
  process.exitCode = await runTests(root, args, { prepare });
} else process.exitCode = 1;
