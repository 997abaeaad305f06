import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { imagesIn, readImageFile } from "../src/image-file.js";
import { makeImage, makeLayer, namedArchive, ociArchive, writeLayout } from "../src/make-image.js";
import { readFilesOf } from "../src/read-files.js";
import { readTar } from "../src/read-tar.js";
import { fileSource } from "../src/tar-source.js";
import { writeTar } from "../src/write-tar.js";

const test = suite<{ file: string; dir: string }>("make an image");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-make-image-"));
  context.file = join(context.dir, "image.tar");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const name = "k3s-lab.local/hello:1";
const image = (architecture: string) =>
  makeImage({
    architecture,
    config: { Entrypoint: ["/hello"] },
    layer: writeTar([{ name: "hello", content: Buffer.from(architecture), mode: 0o755 }]),
  });

async function contents(file: string): Promise<ReadonlyMap<string, Buffer>> {
  await using source = await fileSource(file);
  return await readTar(source, () => true);
}

const read = (files: ReadonlyMap<string, Buffer>, path: string) => JSON.parse(String(files.get(path))) as Descriptor;

interface Descriptor {
  readonly digest: string;
  readonly architecture?: string;
  readonly platform?: { readonly architecture: string };
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
}

const blob = (descriptor: Descriptor | undefined) => `blobs/${descriptor?.digest.replace(":", "/")}`;

test("for one architecture it is a docker-archive and an OCI archive, by its full name", async ({ file }) => {
  writeFileSync(file, namedArchive([image("amd64")], name));
  assert.equal(await imagesIn(file), [name]);
  const files = await contents(file);
  assert.equal(JSON.parse(String(files.get("manifest.json")))[0].RepoTags, [name]);
  const [manifest] = read(files, "index.json").manifests ?? [];
  assert.is(read(files, blob(read(files, blob(manifest)).config)).architecture, "amd64");
});

test("for several it is an index of images, one for each", async ({ file }) => {
  writeFileSync(file, namedArchive([image("amd64"), image("arm64")], name));
  assert.equal(await imagesIn(file), [name]);
  const files = await contents(file);
  const [index, ...more] = read(files, "index.json").manifests ?? [];
  assert.is(more.length, 0);
  const each = (read(files, blob(index)).manifests ?? []).map((manifest) => {
    return [manifest.platform?.architecture, read(files, blob(read(files, blob(manifest)).config)).architecture];
  });
  assert.equal(each, [
    ["amd64", "amd64"],
    ["arm64", "arm64"],
  ]);
});

test("a tag alone is enough inside of one registry", async ({ file }) => {
  writeFileSync(file, ociArchive(image("amd64"), "1"));
  const { kind, images } = await readImageFile(file);
  assert.is(kind, "oci-archive");
  assert.equal(images[0]?.names, ["1"]);
});

test("images that have a layer in common are a folder in which it is once", async ({ dir }) => {
  const [layer, below] = [writeTar([]), makeLayer(writeTar([{ name: "base", content: Buffer.from("base") }]))];
  const images = ["one", "two"].map(
    (program) =>
      [
        `docker.io/e2e/${program}:1`,
        makeImage({ architecture: "amd64", config: { Cmd: [program] }, layer, below: [below] }),
      ] as const,
  );
  await writeLayout(dir, new Map(images));
  const { kind, images: found } = await readImageFile(dir);
  assert.is(kind, "oci");
  assert.equal(
    found.flatMap(({ names }) => names),
    ["docker.io/e2e/one:1", "docker.io/e2e/two:1"],
  );
  const blobs = readdirSync(join(dir, "blobs/sha256"));
  assert.is(blobs.length, 6); // two layers, two configurations, two manifests
  for (const [, { layers }] of images) {
    assert.equal(
      layers.map(({ digest }) => blobs.includes(digest.replace("sha256:", ""))),
      [true, true],
    );
    assert.is(layers[0]?.digest, below.blob.digest);
  }
});

test("an archive has links, and folders with a mode of their own", async ({ file, dir }) => {
  const long = "l".repeat(101);
  assert.throws(() => writeTar([{ name: "a", link: long }]), /longer than the 100 bytes/);
  const content = Buffer.from("hello");
  writeFileSync(
    file,
    writeTar([
      { name: "tmp/", mode: 0o1777 },
      { name: "bin/a", content },
      { name: "bin/b", link: "a" },
    ]),
  );
  assert.equal(await readFilesOf(file, () => true), new Map([["bin/a", content]]));
  const { stdout } = await run("tar", ["-tvf", file], { cwd: dir });
  assert.match(stdout, /^drwxrwxrwt .* tmp\/$/m);
  assert.match(stdout, /^lrwxrwxrwx .* bin\/b -> a$/m);
});

test("the same parts are the same bytes", () => {
  assert.equal(namedArchive([image("amd64")], name), namedArchive([image("amd64")], name));
  assert.is.not(image("amd64").manifest.digest, image("arm64").manifest.digest);
});

test.run();
