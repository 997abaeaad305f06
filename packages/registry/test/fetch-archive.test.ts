import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { run } from "@k3s-lab/exec";
import { missingPrograms } from "@k3s-lab/host";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fetchArchive } from "../src/fetch-archive.js";
import { makeImage, ociArchive, readImageFile, writeTar } from "@k3s-lab/images";
import { copyArgs, plainDestination, programs } from "@k3s-lab/images/skopeo";
import { tagAt } from "../src/registry-api.js";
import { builtArchive, freePort, startRegistry } from "./real-registry.js";

const test = suite<{ dir: string; path: string }>("registry fetch-archive");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-fetch-archive-"));
  context.path = join(context.dir, "images", "r.tar");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

async function noteOf(image: string, path: string, answerWithin?: number): Promise<string> {
  const notes: string[] = [];
  const options = { note: (message: string) => notes.push(message), progress: () => {} };
  await fetchArchive(image, path, { ...options, answerWithin });
  return notes.join("\n");
}

if (missingPrograms(programs).length > 0)
  console.log("registry fetch-archive: skipped what needs skopeo: it is missing");
else {
  test("an image that cannot be fetched is noted, and leaves nothing", async ({ path }) => {
    const image = `127.0.0.1:${await freePort()}/registry:3`;
    const note = await noteOf(image, path);
    assert.match(note, new RegExp(`^${image} could not be fetched, so its node will pull it: .*connection refused$`));
    assert.not(existsSync(path));
    assert.equal(readdirSync(dirname(path)), []);
  });

  const archive = builtArchive();
  if (archive !== undefined) {
    test("an image with a tag and a digest is fetched by the digest, and archived by the tag", async ({
      dir,
      path,
    }) => {
      await using real = await startRegistry(archive);
      const { host, access } = real.registry;
      // Where skopeo of a user looks for registries without a certificate.
      const home = join(dir, "home");
      mkdirSync(join(home, ".config/containers"), { recursive: true });
      writeFileSync(
        join(home, ".config/containers/registries.conf"),
        `[[registry]]\nlocation = "${host}"\ninsecure = true\n`,
      );
      const layer = writeTar([{ name: "hello", content: Buffer.from("hello") }]);
      const made = join(dir, "made.tar");
      writeFileSync(
        made,
        ociArchive(makeImage({ architecture: "amd64", config: {}, layer, gzipped: gzipSync(layer) }), "3"),
      );
      await run(
        "skopeo",
        copyArgs({ source: `oci-archive:${made}`, destination: `docker://${host}/r:3`, flags: plainDestination }),
      );
      const digest = (await tagAt(access, "r", "3"))?.digest;
      const { HOME } = process.env;
      process.env.HOME = home;
      try {
        for (const [image, name] of [
          [`${host}/r:3@${digest}`, `${host}/r:3`],
          [`${host}/r@${digest}`, `${host}/r:${digest?.slice(7, 19)}`],
        ] as const) {
          assert.is(await noteOf(image, path), "", image);
          assert.equal(
            (await readImageFile(path)).images.flatMap(({ names }) => names),
            [name],
          );
        }
        assert.match(await noteOf(`${host}/r:3@sha256:${"0".repeat(64)}`, path), "could not be fetched");
      } finally {
        process.env.HOME = HOME;
      }
    });
  }

  test("what killed runs have left goes, what another one is at work on stays", async ({ path }) => {
    mkdirSync(dirname(path));
    const [old, young, own] = [1, 2, process.pid].map((pid) => `${path}.${pid}.part`) as [string, string, string];
    for (const part of [old, young, own]) writeFileSync(part, "a part");
    utimesSync(old, 0, 0);
    const note = await noteOf(`127.0.0.1:${await freePort()}/registry:3`, path);
    assert.match(note, /connection refused$/);
    assert.equal(readdirSync(dirname(path)), [basename(young)]);
  });

  test("a registry that does not answer is not waited for", async ({ path }) => {
    const silent = createServer().listen(0, "127.0.0.1").unref();
    await once(silent, "listening");
    const image = `127.0.0.1:${(silent.address() as AddressInfo).port}/registry:3`;
    assert.match(await noteOf(image, path, 300), /no answer within 0\.3 s$/);
    silent.close();
  });
}

test.run();
