// Where K3s comes from: a release as GitHub serves it. It holds the build from modules, since no official release can be had
// where these tests run. A folder: registries.e2e.test.ts.
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, serveReleaseIn, rootOnly } from "@k3s-lab/testbed";
import { driveLab, modulesBuild, readyNodes, upChangesNothing } from "./drive-lab.js";

const test = suite("a lab from a release");
const realTest = rootOnly("a lab from a release", test);

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
  await upChangesNothing(lab, { env });
  await lab.npmOk("lab:down", [], { env });
});

test.run();
