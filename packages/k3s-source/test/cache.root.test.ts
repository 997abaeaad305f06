import { chmodSync, chownSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { asUser, serveRelease, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeRelease, type ReleaseFolder, version } from "./release-folder.js";

const test = suite<{ release: ReleaseFolder }>("cluster cache under sudo");
test.before.each((context) => void (context.release = makeRelease()));
test.after.each(({ release }) => release.remove());
const repository = fileURLToPath(new URL("../../../", import.meta.url));
const rootTest = rootOnly("cluster cache under sudo", test);

const uid = 64_123;
const asRoot = (args: readonly string[]) => [process.execPath, args] as const;

async function download(release: ReleaseFolder, baseUrl: string, command = asRoot): Promise<string> {
  const asked = JSON.stringify({ source: "release", version, baseUrl });
  const [program, args] = command(["--import", "tsx", "packages/k3s-source/test/download-program.ts", asked]);
  const env = { K3S_LAB_CACHE: release.cache, SUDO_UID: String(uid), SUDO_GID: String(uid), SUDO_USER: "somebody" };
  return (await run(program, args, { cwd: repository, env })).stdout;
}

rootTest("every file and folder is the caller's", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  assert.is(await download(release, server.baseUrl), "it was not refused");
  const all = [".", ...readdirSync(release.cache, { recursive: true, encoding: "utf8" })];
  assert.ok(all.length > 5, all.join());
  const foreign = all.filter((name) => statSync(join(release.cache, name)).uid !== uid);
  assert.equal(foreign, []);
});

rootTest("a cache of another user is reported as that", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  chmodSync(release.root, 0o755);
  chownSync(release.root, 0, 0);
  const output = await download(release, server.baseUrl, (args) => asUser(uid, args));
  assert.match(output, "cannot be written (EACCES)");
  assert.match(output, "K3S_LAB_CACHE");
});

test.run();
