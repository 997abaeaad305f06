// Where K3s comes from: a release as GitHub serves it, and a folder. Both hold the build from modules, since no official
// release can be had where these tests run.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, serveReleaseIn, rootOnly } from "@k3s-lab/testbed";
import { driveLab, modulesBuild, readyNodes } from "./drive-lab.js";

const test = suite("a lab from a release or a folder");
const realTest = rootOnly("a lab from a release or a folder", test);

interface Recorded {
  readonly source: string;
  readonly version: string;
  readonly sha256: string;
}

realTest("a release is downloaded, verified, recorded, and becomes three Ready nodes", async () => {
  await using world = await emulateHost();
  await using lab = await driveLab(world.host);
  const { folder, sha256 } = await modulesBuild();
  const version = "v1.34.4+k3s1";
  await using server = await serveReleaseIn(world.host, { dir: folder, version });
  const env = { K3S_LAB_CACHE: join(lab.dir, "cache") };
  lab.configure(`cluster: { version: "${version}", baseUrl: "${server.baseUrl}" }\n`);
  const stdout = await lab.npmOk("lab:up", [], { env });
  assert.match(stdout, `${version} from an official release`);
  const recorded = lab.state<Recorded>("cluster.json");
  assert.equal([recorded.source, recorded.version, recorded.sha256], ["release", version, sha256]);
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
  const { stdout: sum } = await run("sha256sum", [join(env.K3S_LAB_CACHE, "releases", version, "k3s")], {
    answers: "any",
  });
  if (sum !== "") assert.match(sum, sha256);
  await server[Symbol.asyncDispose]();
  assert.match(await lab.npmOk("lab:up", [], { env }), "nothing had to be done");
  await lab.npmOk("lab:down", [], { env });
});

realTest("a folder with a release, beside lab.yaml, becomes a node", async () => {
  await using world = await emulateHost();
  await using lab = await driveLab(world.host);
  const { folder } = await modulesBuild();
  const copy = join(lab.dir, "airgap");
  cpSync(folder, copy, { recursive: true });
  lab.configure("nodes: [{ name: multi, role: server }]\ncluster: { source: directory, directory: airgap }\n");
  assert.match(await lab.npmOk("lab:up"), "from a folder");
  assert.equal(await readyNodes(lab), ["multi"]);
  assert.is(lab.state<Recorded>("cluster.json").source, "directory");
  rmSync(join(copy, "k3s"));
  await lab.npmOk("lab:down");
  const { exitCode, stderr } = await lab.npm("lab:up");
  assert.is(exitCode, 2);
  assert.match(stderr, "has no k3s, seen: ");
});

test.run();
