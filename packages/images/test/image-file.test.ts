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
  content: json({
    manifests: annotations.map((each, index) => ({ digest: `sha256:${String(index).repeat(64)}`, annotations: each })),
  }),
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

/** What `xz -9e` makes of the archive with the image a:1. */
const tarXz = readFileSync(new URL("fixtures/a.tar.xz", import.meta.url));
const skipped = Buffer.from("502a4d1804000000abcdef00", "hex");

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
    { names: ["registry:3", "b/c:1"], selectors: ["registry:3", "b/c:1", "@0"], descriptors: [] },
    { names: [], selectors: ["@1"], descriptors: [] },
  ]);
  assert.equal(await imagesIn(path), ["docker.io/b/c:1", "docker.io/library/registry:3"]);
});

test("an OCI archive has names as annotations; a tag alone does not name an image", async ({ put }) => {
  const index = oci({ [imageName]: "ghcr.io/a/b:1", [refName]: "1" }, { [refName]: "2" }, {});
  const path = put("a.tar", writeTar([index, layer]));
  const { kind, images } = await readImageFile(path);
  assert.is(kind, "oci-archive");
  const seen = images.map(({ names, selectors }) => ({ names, selectors }));
  assert.equal(seen, [
    { names: ["ghcr.io/a/b:1"], selectors: ["ghcr.io/a/b:1", "1", "@0"] },
    { names: ["2"], selectors: ["2", "@1"] },
    { names: [], selectors: ["@2"] },
  ]);
  assert.equal(await imagesIn(path), ["ghcr.io/a/b:1"]);
});

const names = async (path: string) => {
  const { kind, images } = await readImageFile(path);
  return { kind, names: images.map((image) => image.names) };
};

test("what is both is read as the kind that names its images", async ({ put }) => {
  const save = (manifest: TarFile, index: TarFile) => put("a.tar", writeTar([index, layer, manifest]));
  const named = oci({ [imageName]: "docker.io/library/hello:1", [refName]: "1" });
  // A current `docker save`, then `docker buildx build -o type=oci`.
  const both = { kind: "oci-archive", names: [["docker.io/library/hello:1"]] };
  assert.equal(await names(save(docker({ RepoTags: ["hello:1"] }), named)), both);
  assert.equal(await names(save(docker({ Config: "blobs/sha256/x", RepoTags: null, Layers: [] }), named)), both);
  assert.equal(await names(save({ name: "manifest.json", content: json(null) }, named)), both);
  const saved = { kind: "docker-archive", names: [["a:1"]] };
  assert.equal(await names(save(docker({ RepoTags: ["a:1"] }), oci({ [refName]: "1" }))), saved);
  assert.equal(await names(save(docker({ RepoTags: ["a:1"] }), oci())), saved);
});

test("two names of one image are one image", async ({ put }) => {
  const digest = `sha256:${"a".repeat(64)}`;
  const manifests = ["1.0.0", "latest"].map((tag) => ({ digest, annotations: { [refName]: tag } }));
  const path = put("a.tar", writeTar([{ name: "index.json", content: json({ manifests }) }]));
  assert.equal((await names(path)).names, [["1.0.0", "latest"]]);
});

test("entries for several platforms are one image, other entries are not", async ({ put }) => {
  const entry = (letter: string, architecture: string, tag: string) => ({
    digest: `sha256:${letter.repeat(64)}`,
    platform: { os: "linux", architecture },
    annotations: { [refName]: tag },
  });
  const count = async (...manifests: readonly object[]) => {
    const { images } = await readImageFile(
      put("a.tar", writeTar([{ name: "index.json", content: json({ manifests }) }])),
    );
    return images.map(({ descriptors }) => descriptors.length);
  };
  assert.equal(await count(entry("a", "amd64", "1"), entry("b", "arm64", "1")), [2]);
  assert.equal(await count(entry("a", "amd64", "1"), entry("b", "amd64", "1")), [1, 1]);
  assert.equal(await count(entry("a", "amd64", "1"), entry("b", "arm64", "2")), [1, 1]);
});

test("what Go writes for a list without entries holds no image", async ({ put }) => {
  const tables: readonly (readonly [string, unknown])[] = [
    ["manifest.json", null],
    ["manifest.json", []],
    ["manifest.json", [null]],
    ["manifest.json", [{ Config: null, RepoTags: null, Layers: null }]],
    ["index.json", null],
    ["index.json", { manifests: null }],
    ["index.json", {}],
    ["index.json", { manifests: [{ digest: null }] }],
  ];
  for (const [name, table] of tables) {
    assert.equal((await readImageFile(put("a.tar", writeTar([{ name, content: json(table) }])))).images, []);
  }
  const nameless = { kind: "docker-archive", names: [[], []] };
  const rows = docker({ RepoTags: [null] }, { RepoTags: ["<none>:<none>"] });
  assert.equal(await names(put("a.tar", writeTar([rows]))), nameless);
  const entry = { digest: `sha256:${"0".repeat(64)}`, annotations: null, platform: null };
  const noted = { name: "index.json", content: json({ manifests: [entry] }) };
  assert.equal(await names(put("a.tar", writeTar([noted]))), { kind: "oci-archive", names: [[]] });
});

test("a folder is an OCI layout", async ({ dir, put }) => {
  mkdirSync(join(dir, "layout"));
  put("layout/index.json", oci({ [refName]: "a:1" }).content);
  assert.equal(await imagesIn(join(dir, "layout")), ["docker.io/library/a:1"]);
});

test("a folder may be skopeo's dir:, or must be packed again", async ({ dir, put }) => {
  mkdirSync(join(dir, "dir"));
  put("dir/manifest.json", json({ schemaVersion: 2, config: {}, layers: [] }));
  assert.equal(await names(join(dir, "dir")), { kind: "dir", names: [[]] });
  put("dir/manifest.json", docker({ RepoTags: ["a:1"] }).content);
  await refused(join(dir, "dir"), /unpacked docker-archive.* Pack it: tar -C \S+ -c \. \| npm run push -- -/);
});

test("compressed archives are unpacked while they are read, whatever their name", async ({ put }) => {
  const tar = writeTar([layer, docker({ RepoTags: ["a:1"] })]);
  for (const [name, packed] of [
    ["gzip", gzipSync(tar)],
    ["zstd", storedZstd(tar)],
    ["xz", tarXz],
    // Several frames, and one to be skipped before each, as pzstd writes.
    ["zstd", Buffer.concat([skipped, storedZstd(tar.subarray(0, 1000)), skipped, storedZstd(tar.subarray(1000))])],
  ] as const) {
    const path = put(`${name}.tar`, packed);
    const { compression, images } = await readImageFile(path);
    assert.is(compression, name);
    assert.equal(images[0]?.names, ["a:1"]);
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
  await refused(dir, "not an image folder");
  await refused(put("text", Buffer.from("hello")), "not a tar archive");
  await refused(put("empty", Buffer.alloc(0)), "not a tar archive");
  await refused(put("bzip2", Buffer.from("425a6839", "hex")), "compressed with bzip2");
  await refused(put("other.tar", writeTar([layer])), "archive without an image");
  await refused(put("cut.tar", tar.subarray(0, 200_000)), /cut off in blobs/);
  await refused(put("cut.tar.gz", gzipSync(tar).subarray(0, 300)), "cannot be read as an archive");
  await refused(put("cut.tar.xz", tarXz.subarray(0, 100)), "cannot be read as an archive");
  await refused(put("cut.tar.zst", storedZstd(tar).subarray(0, 200_000)), "cannot be read as an archive");
  await refused(put("broken.tar", writeTar([{ name: "manifest.json", content: Buffer.from("{") }])), "not valid JSON");
});

test("a name that a tar header cannot hold is refused, not cut", () => {
  assert.throws(() => writeTar([{ name: "a".repeat(101), content: Buffer.alloc(0) }]), /100 bytes/);
});

test.run();
