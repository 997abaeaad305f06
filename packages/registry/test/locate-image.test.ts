import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseImage } from "../src/image-source.js";
import { locateImage, missingImage } from "../src/locate-image.js";
import { Registry } from "../src/registry.js";
import { dockerArchive } from "./image-files.js";

const test = suite<{ dir: string; scratch: string }>("registry locate-image");
const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-locate-"));
  context.scratch = join(context.dir, "scratch");
  mkdirSync(context.scratch);
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const find = (written: string, dir: string, env = {}) =>
  locateImage(parseImage(written, dir), { written, registry, env });

test("a file's content decides what it is", async ({ dir, scratch }) => {
  writeFileSync(join(dir, "image.zip"), dockerArchive([["hello:1"]]));
  const located = await find("image.zip", dir);
  assert.equal(located.names, ["hello:1"]);
  assert.equal(await located.toSkopeo(scratch), { source: `docker-archive:${dir}/image.zip` });
});

test("one of several images is told by its name", async ({ dir, scratch }) => {
  writeFileSync(join(dir, "two.tar"), dockerArchive([["one:1"], ["two:1"]]));
  const located = await find("docker-archive:two.tar:two:1", dir);
  assert.equal(located.names, ["two:1"]);
  assert.equal(await located.toSkopeo(scratch), { source: `docker-archive:${dir}/two.tar:two:1` });
});

test("skopeo gets a plain file, and a path without a colon", async ({ dir, scratch }) => {
  const archive = dockerArchive([["hello:1"]]);
  writeFileSync(join(dir, "packed"), gzipSync(archive));
  const unpacked = await (await find("packed", dir)).toSkopeo(scratch);
  assert.equal(unpacked, { source: `docker-archive:${scratch}/image.tar` });
  assert.equal(readFileSync(join(scratch, "image.tar")), archive);
  writeFileSync(join(dir, "a:b.tar"), archive);
  const linked = await (await find("a:b.tar", dir)).toSkopeo(scratch);
  assert.equal(linked, { source: `docker-archive:${scratch}/image` });
  assert.is(realpathSync(join(scratch, "image")), realpathSync(join(dir, "a:b.tar")));
});

test("references stay what they are, but for the lab's own name", async ({ dir, scratch }) => {
  const rendered = async (written: string, env = {}) => (await find(written, dir, env)).toSkopeo(scratch);
  assert.equal(await rendered("docker://alpine:3"), { source: "docker://alpine:3", flags: [] });
  assert.equal(await rendered("docker://multi:5000/a:1"), {
    source: "docker://10.76.0.10:5000/a:1",
    flags: ["--src-tls-verify=false", "--src-no-creds"],
  });
  assert.equal(await rendered("docker-daemon:hello:1"), { source: "docker-daemon:hello:1", flags: [] });
  assert.equal(await rendered("docker-daemon:hello:1", { DOCKER_HOST: "tcp://x:1" }), {
    source: "docker-daemon:hello:1",
    flags: ["--src-daemon-host=tcp://x:1"],
  });
});

test("a path where nothing is was meant as a reference, mistyped, or is neither", () => {
  const message = (written: string) => missingImage(written, `/w/${written}`).message;
  assert.match(message("hello:1"), "Write docker://hello:1 to take it from its registry, or docker-daemon:hello:1");
  assert.match(message("hello.tar"), /^\/w\/hello\.tar: does not exist, expected/);
  assert.match(message("docker-archive:hello"), /^\/w\/docker-archive:hello: does not exist, expected/);
  assert.match(message("a b"), "a b: is neither a file nor an image reference");
});

test.run();
