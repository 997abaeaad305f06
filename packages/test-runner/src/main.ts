#!/usr/bin/env node
// npm test: builds, then runs every check and every test. The build is started with nothing but node: the packages
// that the runner itself uses may not be built yet, and no test may run against what an older source was built to.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const args = process.argv.slice(2);
// With names only what they need is built: another package may be in the middle of a change.
const names = args.filter((arg) => !arg.startsWith("-"));
const named = names.flatMap((name) => /packages\/[^/*]+/.exec(name) ?? []);
const known = named.filter((name) => existsSync(join(root, name, "tsconfig.json")));
const narrow = known.length > 0 && known.length === names.length;
const projects = narrow ? [...new Set([...known, "packages/exec"])] : [];
const built = spawnSync(join(root, "node_modules/.bin/tsc"), ["-b", ...projects], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
if (built.status === 0) {
  const { runTests } = await import("./run.js");
  process.exitCode = await runTests(root, args);
} else {
  console.log("failed: build (tsc -b): nothing was tested\n0 passed, 1 failed");
  process.exitCode = 1;
}
