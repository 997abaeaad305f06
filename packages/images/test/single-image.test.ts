import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  makeImage,
  makeSingleImage,
  namedArchive,
  ociArchive,
  platformsOf,
  readImageFile,
  writeTar,
} from "../src/index.js";

const test = suite<{ dir: string; out: string }>("a layout of a single image");
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-single-"));
  context.out = join(context.dir, "out");
  mkdirSync(context.out);
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const image = (architecture: string) =>
  makeImage({ architecture, config: {}, layer: writeTar([{ name: "x", content: Buffer.from(architecture) }]) });

async function single(path: string, index: number, out: string) {
  const file = await readImageFile(path);
  const chosen = file.images[index];
  if (chosen === undefined) throw new Error("no such image");
  await makeSingleImage(file, chosen, out);
  return JSON.parse(readFileSync(join(out, "index.json"), "utf8")) as { manifests: { digest: string }[] };
}

test("an archive is unpacked, compressed or not, but for what is no blob", async ({ dir, out }) => {
  const evil = writeTar([{ name: "blobs/sha256/../../../evil", content: Buffer.from("x") }]).subarray(0, 1024);
  const amd64 = image("amd64");
  writeFileSync(join(dir, "a.tar.gz"), gzipSync(Buffer.concat([evil, ociArchive(amd64, "1")])));
  const { manifests } = await single(join(dir, "a.tar.gz"), 0, out);
  assert.equal(
    manifests.map(({ digest }) => digest),
    [amd64.manifest.digest],
  );
  assert.equal(readdirSync(join(out, "blobs/sha256")).length, amd64.blobs.size);
  assert.equal(readdirSync(dir).toSorted(), ["a.tar.gz", "out"]);
  assert.equal(await platformsOf(out), { present: ["linux/amd64"], missing: [], isIndex: false });
});

test("a folder's blobs are linked; entries for several platforms become an index", async ({ dir, out }) => {
  const images = [image("amd64"), image("arm64")];
  const layout = join(dir, "layout");
  mkdirSync(layout);
  writeFileSync(join(dir, "a.tar"), namedArchive(images, "a:1"));
  execFileSync("tar", ["xf", join(dir, "a.tar"), "-C", layout]);
  const manifests = images.map(({ manifest, architecture }) => ({
    ...manifest,
    platform: { os: "linux", architecture },
  }));
  writeFileSync(join(layout, "index.json"), JSON.stringify({ manifests }));
  const made = await single(layout, 0, out);
  assert.is(made.manifests.length, 1);
  assert.ok(lstatSync(join(out, "blobs/sha256", images[0]?.manifest.digest.slice(7) ?? "")).isSymbolicLink());
  assert.equal(await platformsOf(out), { present: ["linux/amd64", "linux/arm64"], missing: [], isIndex: true });
});

test("a platform whose blobs are not there is missing, as Docker saves what it has pulled for one", async ({
  dir,
  out,
}) => {
  const [amd64, arm64] = [image("amd64"), image("arm64")];
  const stripped = { ...amd64, blobs: new Map() };
  writeFileSync(join(dir, "a.tar"), namedArchive([stripped, arm64], "a:1"));
  await single(join(dir, "a.tar"), 0, out);
  assert.equal(await platformsOf(out), { present: ["linux/arm64"], missing: ["linux/amd64"], isIndex: true });
});

test("what names no platform has none, and an index without entries has no image", async ({ out }) => {
  const put = (contents: object) => {
    const text = JSON.stringify(contents);
    const hash = createHash("sha256").update(text).digest("hex");
    mkdirSync(join(out, "blobs/sha256"), { recursive: true });
    writeFileSync(join(out, "blobs/sha256", hash), text);
    return { digest: `sha256:${hash}` };
  };
  const layout = (manifest: object) =>
    writeFileSync(join(out, "index.json"), JSON.stringify({ manifests: [manifest] }));
  for (const config of [{}, { os: "", architecture: "" }]) {
    layout(put({ config: put(config) }));
    assert.is(await platformsOf(out), undefined);
  }
  layout(put({ mediaType: "application/vnd.oci.image.index.v1+json", manifests: null }));
  assert.equal(await platformsOf(out), { present: [], missing: [], isIndex: true });
  layout({ digest: `sha256:${"0".repeat(64)}` });
  const lacking = await platformsOf(out).catch((error: Error) => error.message);
  assert.match(String(lacking), `lacks sha256:${"0".repeat(64)}, which its index names`);
});

test.run();
