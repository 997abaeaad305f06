import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { makeImage, namedArchive, ociArchive, writeTar } from "@k3s-lab/images";
import { hostArch } from "@k3s-lab/k3s-source";
import type { Extent } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseImage } from "../src/image-source.js";
import { locateImage } from "../src/locate-image.js";
import type { Locating } from "../src/located-image.js";
import { Registry } from "../src/registry.js";
import { fakeDocker } from "../../images/test/stores/fake-docker.js";
import { dockerArchive } from "./image-files.js";

const test = suite<{ dir: string; scratch: string }>("registry locate-image");
const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-locate-"));
  context.scratch = join(context.dir, "scratch");
  mkdirSync(context.scratch);
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** No program that keeps images is on this PATH, and Docker answers nowhere. */
const env = { PATH: "/nowhere", DOCKER_HOST: "unix:///nowhere.sock" };
const find = (written: string, dir: string, options: Partial<Locating> = {}) => {
  const locating = { written, registry, scratch: join(dir, "scratch"), allPlatforms: false, progress: () => {}, env };
  return locateImage(parseImage(written, dir), { ...locating, ...options });
};
const image = (architecture: string) =>
  makeImage({ architecture, config: {}, layer: writeTar([{ name: "x", content: Buffer.from(architecture) }]) });

test("a file's content decides what it is", async ({ dir }) => {
  writeFileSync(join(dir, "image.zip"), dockerArchive([["hello:1"]]));
  const located = await find("image.zip", dir);
  assert.equal(located.names, ["hello:1"]);
  assert.equal(await located.toSkopeo(), { source: `docker-archive:${dir}/image.zip` });
});

test("one of several images is chosen by its name", async ({ dir }) => {
  writeFileSync(join(dir, "two.tar"), dockerArchive([["one:1"], ["two:1", "two:2"]]));
  const located = await find("docker-archive:two.tar:two:2", dir);
  assert.equal(located.names, ["two:2"]);
  assert.equal(await located.toSkopeo(), { source: `docker-archive:${dir}/two.tar:two:1` });
});

test("skopeo gets a plain file, and a path without a colon", async ({ dir, scratch }) => {
  const archive = dockerArchive([["hello:1"]]);
  writeFileSync(join(dir, "packed"), gzipSync(archive));
  assert.equal(await (await find("packed", dir)).toSkopeo(), { source: `docker-archive:${scratch}/image.tar` });
  assert.equal(readFileSync(join(scratch, "image.tar")), archive);
  writeFileSync(join(dir, "a:b.tar"), archive);
  assert.equal(await (await find("a:b.tar", dir)).toSkopeo(), { source: `docker-archive:${scratch}/image` });
  assert.is(realpathSync(join(scratch, "image")), realpathSync(join(dir, "a:b.tar")));
});

test("skopeo's dir: is taken as it is", async ({ dir }) => {
  mkdirSync(join(dir, "folder"));
  writeFileSync(join(dir, "folder/manifest.json"), "{}");
  assert.equal(await (await find("dir:folder", dir)).toSkopeo(), { source: `dir:${dir}/folder` });
});

test("an archive may come from standard input, which must not be a terminal", async ({ dir, scratch }) => {
  const input = Readable.from([dockerArchive([["hello:1"]])]);
  const located = await find("-", dir, { input });
  assert.equal(located.names, ["hello:1"]);
  assert.is(located.subject, "standard input");
  assert.equal(await located.toSkopeo(), { source: `docker-archive:${scratch}/input.tar` });
  const terminal = Object.assign(Readable.from([]), { isTTY: true });
  const refused = await find("-", dir, { input: terminal }).catch((error: Error) => error.message);
  assert.match(String(refused), "standard input is a terminal, expected an archive");
});

test("of several platforms, one must be the nodes'", async ({ dir, scratch }) => {
  const own = hostArch().name;
  const put = (name: string, content: Buffer) => writeFileSync(join(dir, name), content);
  put("foreign.tar", namedArchive([image("sparc"), image("mips")], "a:1"));
  const refused = await (await find("foreign.tar", dir)).toSkopeo().catch((error: Error) => error.message);
  assert.match(String(refused), `is for linux/sparc and linux/mips, expected linux/${own}, the nodes' platform.`);
  rmSync(join(scratch, "image"), { recursive: true });
  await (await find("foreign.tar", dir, { allPlatforms: true })).toSkopeo();

  // An index of one other platform, and an attestation: what skopeo would find no image in.
  rmSync(join(scratch, "image"), { recursive: true });
  const [sparc, attestation] = [image("sparc"), image("attestation")];
  const manifests = [
    { ...sparc.manifest, platform: { os: "linux", architecture: "sparc" } },
    { ...attestation.manifest, platform: { os: "unknown", architecture: "unknown" } },
  ];
  const blobs = [...sparc.blobs, ...attestation.blobs];
  const files = blobs.map(([digest, content]) => ({ name: `blobs/${digest.replace(":", "/")}`, content }));
  put(
    "attested.tar",
    writeTar([{ name: "index.json", content: Buffer.from(JSON.stringify({ manifests })) }, ...files]),
  );
  const none = await (await find("attested.tar", dir)).toSkopeo().catch((error: Error) => error.message);
  assert.match(String(none), `is for linux/sparc, expected linux/${own}`);

  rmSync(join(scratch, "image"), { recursive: true });
  put("one.tar", ociArchive(image("sparc"), "1"));
  const said: string[] = [];
  await (await find("one.tar", dir, { progress: (message) => said.push(message) })).toSkopeo();
  assert.equal(said, [`one.tar is for linux/sparc, while the nodes are linux/${own}`]);
});

test("references stay what they are, but for the lab's own name", async ({ dir }) => {
  const rendered = async (written: string) => (await find(written, dir)).toSkopeo();
  assert.equal(await rendered("docker://alpine:3"), { source: "docker://alpine:3", flags: [] });
  assert.equal(await rendered("docker://multi:5000/a:1"), {
    source: "docker://10.76.0.10:5000/a:1",
    flags: ["--src-tls-verify=false", "--src-no-creds"],
  });
  const plain = { source: "docker://localhost:5001/a:1", flags: ["--src-tls-verify=false"] };
  assert.equal(await rendered("docker://localhost:5001/a:1"), plain);
  const overIPv6 = { source: "docker://[::1]:5001/a:1", flags: ["--src-tls-verify=false"] };
  assert.equal(await rendered("docker://[::1]:5001/a:1"), overIPv6);
  assert.equal(await rendered("docker://[fd00::1]:5001/a:1"), { source: "docker://[fd00::1]:5001/a:1", flags: [] });
  const own = "[vfs@/s+/r]";
  assert.equal(await rendered(`containers-storage:${own}localhost/a:1`), {
    source: `containers-storage:${own}localhost/a:1`,
  });
});

test("of a tag and a digest, the digest is the source, the tag the name", async ({ dir }) => {
  const digest = `sha256:${"0".repeat(64)}`;
  const located = await find(`docker://docker.io/library/nginx:1.27@${digest}`, dir);
  assert.equal(located.names, [`docker.io/library/nginx:1.27@${digest}`]);
  assert.equal(await located.toSkopeo(), { source: `docker://docker.io/library/nginx@${digest}`, flags: [] });
});

test("the bytes of an image are told while Docker saves it", async ({ dir }) => {
  const socket = join(dir, "docker.sock");
  const saved = dockerArchive([["hello:1"]]);
  await using _docker = await fakeDocker(socket, { version: "1.47", minimum: 24, images: { "hello:1": saved } });
  const told: (Extent | undefined)[] = [];
  const located = await find("docker-daemon:hello:1", dir, {
    env: { PATH: "/nowhere", DOCKER_HOST: `unix://${socket}` },
    progress: (_message, extent) => void told.push(extent),
  });
  assert.equal(readFileSync((await located.toArchive?.()) ?? ""), saved);
  assert.equal(told.at(-1), { done: saved.length, total: saved.length, unit: "bytes" });
});

test("what is found nowhere is reported with every place that was asked", async ({ dir }) => {
  const message = async (written: string) => String(await find(written, dir).catch((error: Error) => error.message));
  assert.match(
    await message("hello"),
    /^hello: Docker at unix:\/\/\/nowhere\.sock cannot be reached: .*; there is no such file \(\S+\/hello\)\. Start Docker, or change DOCKER_HOST, which names it/,
  );
  writeFileSync(join(dir, "hello-image"), "");
  assert.match(await message("hello-imag"), "hello-imag) (did you mean hello-image?)");
  writeFileSync(join(dir, "hello"), "a program");
  assert.match(await message("hello"), `${dir}/hello cannot be read as an archive`);
  assert.match(
    await message("containerd:a:1"),
    "containerd:a:1: containerd, with nerdctl or, for root, ctr, was not found",
  );
  assert.match(await message("hello.tar"), `${dir}/hello.tar: does not exist, expected`);
  assert.match(await message("docker-archive:hello2"), `${dir}/hello2: does not exist, expected`);
  assert.match(await message("Team/App:V1"), "reference (names are in small letters: team/app:V1), expected");
  assert.match(await message("a b"), "a b: is neither a file nor an image reference");
});

test.run();
