import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { imagesIn, readImageFile } from "../src/image-file.js";
import { makeImage, namedArchive, ociArchive } from "../src/make-image.js";
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
  const { kind } = await readImageFile(file);
  assert.is(kind, "docker-archive");
  assert.equal(await imagesIn(file), [name]);
  const files = await contents(file);
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
  assert.equal(images, [{ names: ["1"], selector: "1" }]);
});

test("the same parts are the same bytes", () => {
  assert.equal(namedArchive([image("amd64")], name), namedArchive([image("amd64")], name));
  assert.is.not(image("amd64").manifest.digest, image("arm64").manifest.digest);
});

test.run();
