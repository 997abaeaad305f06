import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readImageFile } from "../src/image-file.js";
import { digestOf, pathOf } from "../src/layout.js";
import { makeSavedImage } from "../src/saved-image.js";
import { writeTar } from "../src/write-tar.js";

const test = suite<{ dir: string }>("images: an image of a docker-archive");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-saved-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const layer = Buffer.from("a layer");
const config = Buffer.from("{}");

/** A header of a symbolic link, as Docker before 25 saves a layer that another image has, too. */
function linkTo(name: string, target: string): Buffer {
  const header = Buffer.from(writeTar([{ name, content: Buffer.alloc(0) }]).subarray(0, 512));
  header.write("2", 156);
  header.write(target, 157);
  header.write("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

async function layoutOf(dir: string, archive: Buffer) {
  const path = join(dir, "saved.tar");
  writeFileSync(path, archive);
  const file = await readImageFile(path);
  const [image] = file.images;
  if (image === undefined) throw new Error("no image was found");
  await makeSavedImage(file, image, join(dir, "layout"));
  const read = (name: string) => JSON.parse(readFileSync(join(dir, "layout", name), "utf8"));
  const [{ digest }] = read("index.json").manifests;
  return read(pathOf(digest));
}

const table = (layers: readonly string[]) => ({
  name: "manifest.json",
  content: Buffer.from(JSON.stringify([{ Config: "c.json", RepoTags: ["a:1"], Layers: layers }])),
});

test("a layer that is a link to another image's is that one", async ({ dir }) => {
  const files = writeTar([
    { name: "c.json", content: config },
    { name: "one/layer.tar", content: layer },
  ]);
  const rest = writeTar([table(["two/layer.tar"])]);
  const archive = Buffer.concat([files.subarray(0, 4 * 512), linkTo("two/layer.tar", "../one/layer.tar"), rest]);
  const manifest = await layoutOf(dir, archive);
  assert.equal(
    manifest.layers.map(({ digest }: { readonly digest: string }) => digest),
    [digestOf(layer)],
  );
  assert.is(manifest.config.digest, digestOf(config));
});

test("an archive that lacks what its table names is refused", async ({ dir }) => {
  const archive = writeTar([{ name: "c.json", content: config }, table(["gone.tar"])]);
  const said = await layoutOf(dir, Buffer.from(archive)).catch(String);
  assert.match(said, "it lacks gone.tar, which its table names");
});

test.run();
