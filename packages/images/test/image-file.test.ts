import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { imagesIn, openPlain, readImageFile, type TarFile, writeTar } from "../src/index.js";
import { storedZstd } from "./stored-zstd.js";

const test = suite<{ dir: string; put: (name: string, content: Uint8Array) => string }>("image archives");
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-archive-"));
  context.put = (name, content) => {
    writeFileSync(join(context.dir, name), content);
    return join(context.dir, name);
  };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const layer: TarFile = { name: "blobs/sha256/layer", content: Buffer.alloc(300_000, 7) };
const docker = (...manifests: readonly unknown[]): TarFile => ({ name: "manifest.json", content: json(manifests) });
const oci = (...annotations: readonly Record<string, string>[]): TarFile => ({
  name: "index.json",
  content: json({ manifests: annotations.map((each) => ({ annotations: each })) }),
});
const refName = "org.opencontainers.image.ref.name";
const imageName = "io.containerd.image.name";

/** An entry that tells something about the entry after it. */
const pax = (type: string, name: string, content: string): Buffer => {
  const bytes = Buffer.from(writeTar([{ name, content: Buffer.from(content) }]).subarray(0, -1024));
  bytes.write(type, 156);
  bytes.write("        ", 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
};

const refused = async (path: string, message: string | RegExp) => {
  const error = await readImageFile(path).catch((cause: unknown) => cause);
  assert.instance(error, Error);
  assert.match((error as Error).message, message);
  assert.ok((error as Error).message.startsWith(path));
};

test("a docker-archive has its images' full names", async ({ put }) => {
  const path = put("a.tar", writeTar([layer, docker({ RepoTags: ["registry:3", "b/c:1"] }, { RepoTags: null })]));
  const { kind, compression, images } = await readImageFile(path);
  assert.equal({ kind, compression }, { kind: "docker-archive", compression: undefined });
  assert.equal(images, [
    { names: ["registry:3", "b/c:1"], selector: "registry:3" },
    { names: [], selector: "@1" },
  ]);
  assert.equal(await imagesIn(path), ["docker.io/b/c:1", "docker.io/library/registry:3"]);
});

test("an OCI archive has names as annotations; a tag alone does not name an image", async ({ put }) => {
  const index = oci({ [imageName]: "ghcr.io/a/b:1", [refName]: "1" }, { [refName]: "2" }, {});
  const path = put("a.tar", writeTar([index, layer]));
  const { kind, images } = await readImageFile(path);
  assert.is(kind, "oci-archive");
  assert.equal(images, [
    { names: ["ghcr.io/a/b:1"], selector: "1" },
    { names: ["2"], selector: "2" },
    { names: [], selector: undefined },
  ]);
  assert.equal(await imagesIn(path), ["ghcr.io/a/b:1"]);
});

test("what is both is read as what docker save writes", async ({ put }) => {
  const path = put("a.tar", writeTar([oci({ [refName]: "1" }), layer, docker({ RepoTags: ["a:1"] })]));
  assert.is((await readImageFile(path)).kind, "docker-archive");
});

test("a folder is an OCI layout", async ({ dir, put }) => {
  mkdirSync(join(dir, "layout"));
  put("layout/index.json", oci({ [refName]: "a:1" }).content);
  assert.equal(await imagesIn(join(dir, "layout")), ["docker.io/library/a:1"]);
});

test("compressed archives are unpacked while they are read, whatever their name", async ({ put }) => {
  const tar = writeTar([layer, docker({ RepoTags: ["a:1"] })]);
  for (const [name, packed] of [
    ["gzip", gzipSync(tar)],
    ["zstd", storedZstd(tar)],
  ] as const) {
    const path = put(`${name}.tar`, packed);
    const { compression, images } = await readImageFile(path);
    assert.is(compression, name);
    assert.equal(images, [{ names: ["a:1"], selector: "a:1" }]);
    const pieces: Uint8Array[] = [];
    for await (const piece of openPlain(path, compression)) pieces.push(piece);
    assert.ok(Buffer.concat(pieces).equals(tar), name);
  }
});

test("long names and pax headers are understood", async ({ put }) => {
  const long = "manifest.json";
  for (const head of [pax("x", "PaxHeader", `22 path=${long}\n`), pax("L", "././@LongLink", `${long}\0`)]) {
    const rest = writeTar([{ name: "shortened", content: docker({ RepoTags: ["a:1"] }).content }]);
    assert.equal(await imagesIn(put("a.tar", Buffer.concat([head, rest]))), ["docker.io/library/a:1"]);
  }
});

test("a pax record ends where its length tells, whatever its value looks like", async ({ dir, put }) => {
  const manifest = put("manifest.json", docker({ RepoTags: ["a:1"] }).content);
  const comment = "ä first line\n14 path=other\n12 size=1\nlast line";
  const archive = join(dir, "a.tar");
  const options = ["--format=pax", `--pax-option=comment:=${comment}`];
  execFileSync("tar", ["-C", dir, ...options, "-cf", archive, basename(manifest)]);
  assert.ok(readFileSync(archive).includes(comment), "tar has written the comment as it is");
  assert.equal(await imagesIn(archive), ["docker.io/library/a:1"]);
});

test("a pax header that is damaged is refused", async ({ put }) => {
  for (const record of ["99 path=a\n", "0 path=a\n", "path=a\n", "9 path=ab"]) {
    await refused(put("a.tar", Buffer.concat([pax("x", "PaxHeader", record), writeTar([layer])])), "pax header");
  }
});

test("what is not an image is refused with the reason", async ({ dir, put }) => {
  const tar = writeTar([layer, docker({ RepoTags: ["a:1"] })]);
  await refused(join(dir, "none"), "does not exist");
  await refused(dir, "not an OCI folder");
  await refused(put("text", Buffer.from("hello")), "not a tar archive");
  await refused(put("empty", Buffer.alloc(0)), "not a tar archive");
  await refused(put("xz", Buffer.from("fd377a585a00", "hex")), "compressed with xz");
  await refused(put("other.tar", writeTar([layer])), "archive without an image");
  await refused(put("cut.tar", tar.subarray(0, 200_000)), /cut off in blobs/);
  await refused(put("cut.tar.gz", gzipSync(tar).subarray(0, 300)), "cannot be read as an archive");
  await refused(put("cut.tar.zst", storedZstd(tar).subarray(0, 200_000)), "cannot be read as an archive");
  await refused(put("broken.tar", writeTar([{ name: "manifest.json", content: Buffer.from("{") }])), "not valid JSON");
});

test("a name that a tar header cannot hold is refused, not cut", () => {
  assert.throws(() => writeTar([{ name: "a".repeat(101), content: Buffer.alloc(0) }]), /100 bytes/);
});

test.run();
