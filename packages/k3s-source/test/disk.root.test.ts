import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { serveRelease, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { arch, fakeK3s, makeRelease, type ReleaseFolder, version } from "./release-folder.js";

const test = suite<{ release: ReleaseFolder }>("cluster download onto a full disk");
test.before.each((context) => void (context.release = makeRelease()));
test.after.each(({ release }) => release.remove());
const rootTest = rootOnly("cluster download onto a full disk", test);

const program = fileURLToPath(new URL("download-program.ts", import.meta.url));

/** Downloads into a cache of so many kilobytes, in a mount namespace of its own. Resolves with what that printed. */
async function downloadInto(kilobytes: number, cache: string, baseUrl: string): Promise<string> {
  const script = `mkdir -p "$1" && mount -t tmpfs -o size=${kilobytes}k none "$1" && shift && "$@"; ls -R "$K3S_LAB_CACHE"`;
  const command = [
    process.execPath,
    "--import",
    "tsx",
    program,
    JSON.stringify({ source: "release", version, baseUrl }),
  ];
  const args = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", cache, ...command];
  return (await run("unshare", args, { env: { K3S_LAB_CACHE: cache } })).stdout;
}

rootTest("that it will not fit is reported before it is downloaded", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  const output = await downloadInto(2000, release.cache, server.baseUrl);
  assert.match(output, `${release.cache}/releases/${version}/${arch.name}: the disk is full: 4 MB are needed, `);
  assert.match(output, "Make room, or set K3S_LAB_CACHE");
  assert.not.match(output, ".part");
});

rootTest("a disk that fills up is reported, and what was reached is kept", async ({ release }) => {
  await using server = await serveRelease({
    dir: release.dir,
    version,
    interfere: (_, response, file) => {
      if (file !== arch.binary) return false;
      // In two pieces it has no length that could be looked at beforehand.
      response.write(fakeK3s().slice(0, 1000));
      response.end(fakeK3s().slice(1000));
      return true;
    },
  });
  const output = await downloadInto(2000, release.cache, server.baseUrl);
  assert.match(output, "the disk is full: no space is left (ENOSPC)");
  assert.match(output, `${arch.binary}.part`);
});

test.run();
