// The build from modules as an npm package: made from the cache, published to a registry, installed beside lab.yaml of a host
// that has no Go and nothing in its cache.
import { existsSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, rootOnly } from "@k3s-lab/testbed";
import { driveLab, modulesBuild, readyNodes, root, upChangesNothing } from "./drive-lab.js";
import { startNpmRegistry } from "./npm-registry.js";

const test = suite("a lab from a package");
const realTest = rootOnly("a lab from a package", test);

const name = `@k3s-lab/k3s-modules-linux-${process.arch}`;
const withoutGo = (process.env.PATH ?? "")
  .split(":")
  .filter((folder) => !existsSync(join(folder, "go")))
  .join(":");

interface Recorded {
  readonly source: string;
  readonly version: string;
  readonly sha256: string;
  readonly folder: string;
}

realTest("a published package becomes three Ready nodes on a host without Go", async () => {
  await using world = await emulateHost();
  await using lab = await driveLab(world.host);
  const built = await modulesBuild();
  await using registry = await startNpmRegistry(world.host, join(lab.dir, "registry"));
  const made = await run("npm", ["run", "-s", "pack:modules", "--", "--out", join(lab.dir, "packed")], {
    cwd: root,
    timeout: 5 * 60_000,
  });
  await registry.npm(lab.dir, "publish", made.stdout.trim());

  const env = { PATH: withoutGo, K3S_LAB_CACHE: join(lab.dir, "cache") };
  assert.is((await world.host.run("go", ["version"], { env, answers: "any" })).exitCode, 127);
  lab.configure("cluster: { source: package }\n");
  const refused = await lab.npm("lab:fetch", [], { env });
  assert.is(refused.exitCode, 3);
  assert.match(refused.stderr, new RegExp(`${name}: is not installed\\. Install ${name}@.*\\[LAB-SRC-021\\]`));

  writeFileSync(join(lab.dir, "package.json"), "{}");
  await registry.npm(lab.dir, "install", name);
  const installed = realpathSync(join(lab.dir, "node_modules", name));
  lab.configure("");
  const started = performance.now();
  const { exitCode, stdout, stderr } = await lab.npm("lab:up", [], { env });
  const took = (performance.now() - started) / 1000;
  assert.is(exitCode, 0, stderr);
  console.log(`lab:up with the package and an empty cache: ${took.toFixed(1)} s`);
  assert.match(stdout + stderr, `K3s comes from the package ${installed}, because no release can be reached`);
  assert.match(stdout, `${built.version} from a package with the build from Go modules`);
  assert.not.match(stdout + stderr, /installing|packages of k3s/);
  assert.not.ok(readdirSync(env.K3S_LAB_CACHE).includes("k3s-from-modules"), "nothing was compiled");

  const { source, version, sha256, folder } = lab.state<Recorded>("cluster.json");
  assert.equal([source, version, sha256, folder], ["package", built.version, built.sha256, installed]);
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
  assert.match(await lab.npmOk("lab:exec", ["agent2", "k3s", "--version"]), `k3s version ${built.version}`);
  await upChangesNothing(lab, { env });
});

test.run();
