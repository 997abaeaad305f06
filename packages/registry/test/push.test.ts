import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { missingPrograms } from "@k3s-lab/host";
import { makeImage, namedArchive, ociArchive, writeTar } from "@k3s-lab/images";
import { hostArch } from "@k3s-lab/k3s-source";
import { Problem } from "@k3s-lab/problem";
import type { Extent, Progress } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage } from "../src/check-image.js";
import { type Pushed, pushImages, type PushOptions } from "../src/push.js";
import { Registry } from "../src/registry.js";
import { tagAt } from "../src/registry-api.js";
import { programs } from "@k3s-lab/images/skopeo";
import { fakeDocker } from "../../images/test/stores/fake-docker.js";
import { dockerArchive } from "./image-files.js";
import { builtArchive, freePort, startRegistry } from "./real-registry.js";

const test = suite<{ dir: string }>("registry push");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-push-test-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function options(dir: string, registry: Registry, messages: string[] = []): PushOptions {
  const env = { ...process.env, INIT_CWD: dir, TMPDIR: dir, DOCKER_HOST: `unix://${dir}/docker.sock` };
  return { registry, install: "never", progress: (message) => messages.push(message), env };
}

/** Pushes an archive of a real program, and holds it to its names, and to its digest where it has one. */
async function pushSaved([name, references, digest]: SavedImage, dir: string, registry: Registry): Promise<Pushed> {
  const pushed = await pushImage(name, options(dir, registry));
  assert.equal(
    pushed.references,
    references.map((reference) => `${registry.name}/${reference}`),
    name,
  );
  if (digest !== undefined) assert.is(pushed.digest.slice("sha256:".length, 19), digest, name);
  return pushed;
}

async function pushImage(image: string, given: PushOptions): Promise<Pushed> {
  const [pushed, ...others] = await pushAll([image], given);
  assert.equal(others, []);
  if (pushed === undefined) throw new Error("nothing was pushed");
  return pushed;
}

async function pushAll(images: readonly string[], given: PushOptions): Promise<Pushed[]> {
  const all: Pushed[] = [];
  for await (const pushed of pushImages(images, given)) all.push(pushed);
  return all;
}

async function problem(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => assert.unreachable("expected a Problem"),
    (reason: unknown) => reason,
  );
  assert.instance(error, Problem);
  return error as Problem;
}

test("what is wrong with an image is reported before the registry is asked", async ({ dir }) => {
  const silent = new Registry({ node: "multi", address: "127.0.0.1", port: await freePort() });
  writeFileSync(join(dir, "text.tar"), "no archive");
  writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1"]]));
  const push = async (image: string, name?: string) => problem(pushImage(image, { ...options(dir, silent), name }));
  assert.match((await push("nothing.tar")).message, `${dir}/nothing.tar: does not exist, expected`);
  for (const image of ["docker-archive:~/nothing.tar", "oci:~/nothing.tar"]) {
    assert.match((await push(image)).message, `${join(homedir(), "nothing.tar")}: does not exist, expected`);
  }
  assert.match((await push("text.tar")).message, "it is not a tar archive");
  assert.match((await push("docker://HELLO")).message, '"HELLO" does not parse');
  assert.match((await push("hello.tar", "Hello:1")).message, "--name Hello:1: does not parse");
  for (const image of ["nothing.tar", "text.tar", "docker://HELLO", ""]) assert.is((await push(image)).exitCode, 2);
  const unanswered = await push("hello.tar");
  assert.match(unanswered.message, /^multi:\d+: no registry answers at http:\/\/127.*Run `npm run lab:up`/);
  assert.is(unanswered.exitCode, 1);
});

const imageFor = (architecture: string) => {
  const layer = writeTar([{ name: "x", content: Buffer.from(architecture) }]);
  return makeImage({ architecture, config: {}, layer, gzipped: gzipSync(layer) });
};

/**
 * Made for amd64 from a Dockerfile of one COPY, by Debian's own docker.io 26.1.5, podman 5.4.2 and docker-buildx 0.29.1.
 * Where layers are not compressed, the push compresses them, and the digest is another.
 */
type SavedImage = readonly [file: string, references: readonly string[], digest?: string | undefined];
const savedImages: readonly SavedImage[] = [
  ["docker.tar", ["hello:1", "acme/hello:2"]],
  ["docker-containerd.tar", ["hello:1", "acme/hello:2"], "2ad5125ec3a0"],
  ["podman.tar", ["app:1"]],
  ["podman-oci.tar", ["app:1"], "919fed32a676"],
  ["buildx-two.tar", ["app:1.0.0", "app:latest"], "0327dbf8ac6c"],
  ["buildx-multi.tar", ["app:1"], hostArch().name === "amd64" ? "0327dbf8ac6c" : undefined],
  ["buildx-docker.tar", ["app:1"], "2d64164bc865"],
];

const archive = builtArchive();
const lacking = missingPrograms(programs).map(({ name }) => name);
if (archive === undefined || lacking.length > 0) {
  const why = archive === undefined ? "the cache has no build of k3s-from-modules" : `${lacking.join()} is missing`;
  console.log(`registry push: skipped all tests with a real registry: ${why}`);
} else {
  test("a docker-archive is pushed under each of its names, from the current directory", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1", "ghcr.io/acme/hello:2"]]));
    const messages: string[] = [];
    const pushed = await pushImage("hello.tar", options(dir, registry, messages));
    assert.equal(pushed.references, [`${registry.name}/hello:1`, `${registry.name}/acme/hello:2`]);
    assert.is((await tagAt(registry.access, "hello", "1"))?.digest, pushed.digest);
    assert.is((await tagAt(registry.access, "acme/hello", "2"))?.digest, pushed.digest);
    assert.is(messages[0], `pushing ${registry.name}/hello:1`);
    assert.ok(messages.some((line) => /^copying layer [0-9a-f]{12}$/.test(line)));
    assert.equal(readdirSync(dir), ["hello.tar"], "nothing of the scratch folder is left");

    writeFileSync(join(dir, "hello.tgz"), gzipSync(dockerArchive([["hello:1"]])));
    const packed = await pushImage("hello.tgz", { ...options(dir, registry), name: "packed" });
    assert.equal(packed, { references: [`${registry.name}/packed:1`], digest: pushed.digest });

    // From the lab's own registry by its name, which this host cannot look up.
    const copy = await pushImage(`docker://${registry.name}/hello:1`, { ...options(dir, registry), name: "copy:3" });
    assert.equal(copy, { references: [`${registry.name}/copy:3`], digest: pushed.digest });
  });

  /** Runs something on a host that has no skopeo. */
  const withoutSkopeo = async <Value>(does: () => Promise<Value>): Promise<Value> => {
    const { PATH: before } = process.env;
    process.env.PATH = "/nowhere";
    try {
      return await does();
    } finally {
      process.env.PATH = before;
    }
  };

  test("bytes are told while a layer is pushed; a layer that is there already is not pushed again", async ({ dir }) => {
    await using real = await startRegistry(archive);
    // So much that it takes longer than the time between two reports, on a fast disk, too.
    const size = 100_000_000;
    const layer = writeTar([{ name: "x", content: randomBytes(size) }]);
    const image = makeImage({
      architecture: hostArch().name,
      config: {},
      layer,
      gzipped: gzipSync(layer, { level: 0 }),
    });
    writeFileSync(join(dir, "big.tar"), ociArchive(image, "1"));
    const extents: Extent[] = [];
    const progress: Progress = (_message, extent) => void (extent && extents.push(extent));
    const given = { ...options(dir, real.registry), name: "big:1", progress };
    await pushImage("big.tar", given);
    const isToldWhole = () => {
      const { done = 0, total = 0, of = "", unit } = extents.at(-1) ?? {};
      assert.match(of, /^layer [0-9a-f]{12}$/);
      assert.is(unit, "bytes");
      assert.is(done, total);
      assert.ok(Math.abs(total - size) < 200_000, String(total));
      assert.ok(extents.length > 1, "more than the end is told");
      extents.length = 0;
    };
    isToldWhole();
    await pushImage("big.tar", { ...given, name: "big:2" });
    assert.equal(extents, []);
    // Into a repository that has none of it.
    await withoutSkopeo(() => pushImage("big.tar", { ...given, name: "other:1" }));
    isToldWhole();
  });

  test("what an image loses to the one that takes its name is told, and what both have is not", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const write = (bytes: number) => {
      const layer = writeTar([{ name: "x", content: randomBytes(bytes) }]);
      const gzipped = gzipSync(layer, { level: 0 });
      const image = makeImage({ architecture: hostArch().name, config: {}, layer, gzipped });
      writeFileSync(join(dir, "app.tar"), ociArchive(image, "1"));
    };
    const push = async (name: string) => {
      let lost = -1;
      const replaced = (bytes: number) => void (lost = bytes);
      await pushImage("app.tar", { ...options(dir, real.registry), name, replaced });
      return lost;
    };
    write(2_000_000);
    assert.is(await push("acme/app:1"), 0);
    assert.is(await push("acme/app:1"), 0, "the same again");
    assert.is(await push("acme/app:2"), 0);
    write(1_000_000);
    const lost = await push("acme/app:1");
    assert.ok(lost > 2_000_000 && lost < 2_100_000, String(lost));
    assert.is(await push("other"), 0);
  });

  test("OCI archives and folders keep their digest", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    const image = checkImage(registry.name);
    writeFileSync(join(dir, "a:b.tar"), ociArchive(image.image, image.tag));
    const fromFile = await pushImage("./a:b.tar", { ...options(dir, registry), name: "check:1" });
    assert.equal(fromFile, { references: [`${registry.name}/check:1`], digest: image.digest });
    mkdirSync(join(dir, "folder"));
    execFileSync("tar", ["xf", "a:b.tar", "-C", "folder", "--force-local"], { cwd: dir });
    // An image with only a tag is named after the folder, which is reported.
    const messages: string[] = [];
    const fromFolder = await pushImage("oci:folder", options(dir, registry, messages));
    const target = `${registry.name}/folder:${image.tag}`;
    assert.equal(fromFolder, { references: [target], digest: image.digest });
    assert.is(messages[0], `pushing ${target}, named after ${dir}/folder`);
  });

  test("one of several images is pushed when it is named", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    writeFileSync(join(dir, "two.tar"), dockerArchive([["one:1"], ["two:1"]]));
    const unnamed = await problem(pushImage("two.tar", options(dir, registry)));
    assert.match(unnamed.message, /holds 2 images.*one:1, two:1/);
    const pushed = await pushImage("docker-archive:two.tar:two:1", options(dir, registry));
    assert.equal(pushed.references, [`${registry.name}/two:1`]);
    assert.is((await tagAt(registry.access, "one", "1"))?.digest, undefined);
  });

  test("two entries of one digest are one image with two names", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    const { manifest, blobs } = imageFor(hostArch().name);
    const manifests = ["1.0.0", "latest"].map((tag) => ({
      ...manifest,
      annotations: { "org.opencontainers.image.ref.name": tag },
    }));
    const files = [...blobs].map(([digest, content]) => ({ name: `blobs/${digest.replace(":", "/")}`, content }));
    const index = { name: "index.json", content: Buffer.from(JSON.stringify({ manifests })) };
    writeFileSync(join(dir, "app.tar"), writeTar([index, ...files]));
    const { references } = await pushImage("app.tar", options(dir, registry));
    assert.equal(references, [`${registry.name}/app:1.0.0`, `${registry.name}/app:latest`]);
  });

  test("several images are pushed by one call, of an image the nodes' platform or all", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    const docker = {
      version: "1.51",
      minimum: 44,
      images: { "hello:1": dockerArchive([["hello:1"]]), "other:1": dockerArchive([["other:1"]]) },
    };
    await using _docker = await fakeDocker(join(dir, "docker.sock"), docker);
    const own = imageFor(hostArch().name);
    writeFileSync(join(dir, "both.tar"), namedArchive([imageFor("sparc"), own], "both:1"));
    const messages: string[] = [];
    const [hello, both] = await pushAll(["hello:1", "both.tar"], options(dir, registry, messages));
    assert.equal(hello?.references, [`${registry.name}/hello:1`]);
    assert.ok(messages.includes(`found hello:1 in Docker at unix://${dir}/docker.sock`));
    const mediaType = async (digest = "") => {
      const answer = await fetch(`${registry.endpoint}/v2/both/manifests/${digest}`, {
        headers: { accept: "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json" },
      });
      return answer.headers.get("content-type");
    };
    assert.is(await mediaType(both?.digest), "application/vnd.oci.image.manifest.v1+json");
    const all = await pushImage("both.tar", { ...options(dir, registry), allPlatforms: true });
    assert.is(await mediaType(all.digest), "application/vnd.oci.image.index.v1+json");
    const twice = await problem(pushAll(["hello:1", "both.tar"], { ...options(dir, registry), name: "x:1" }));
    assert.match(twice.message, /^--name x:1: is one name for 2 images/);
    // Nothing is pushed where one of them is wrong.
    const wrong = await problem(pushAll(["docker-daemon:other:1", "none.tar"], options(dir, registry)));
    assert.match(wrong.message, "none.tar: does not exist");
    assert.is((await tagAt(registry.access, "other", "1"))?.digest, undefined);
    assert.is((await problem(pushAll(["docker-daemon:none:1"], options(dir, registry)))).exitCode, 2);
  });

  test("real archives keep their names, and their digests where they have one", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    execFileSync("tar", ["xzf", join(import.meta.dirname, "fixtures/saved-images.tgz"), "-C", dir]);
    for (const saved of savedImages) await pushSaved(saved, dir, registry);
  });

  test("without skopeo, real archives keep their names and digests, too, and the nodes' platform is chosen", async ({
    dir,
  }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    execFileSync("tar", ["xzf", join(import.meta.dirname, "fixtures/saved-images.tgz"), "-C", dir]);
    writeFileSync(join(dir, "hello.tgz"), gzipSync(dockerArchive([["one:1"], ["two:1"]])));
    await withoutSkopeo(async () => {
      for (const saved of savedImages) {
        const pushed = await pushSaved(saved, dir, registry);
        const [name, references] = saved;
        const [, repository = "", tag = ""] = /^(.+):(.+)$/.exec(references[0] ?? "") ?? [];
        assert.is((await tagAt(registry.access, repository, tag))?.digest, pushed.digest, name);
      }
      const packed = await pushImage("docker-archive:hello.tgz:two:1", options(dir, registry));
      assert.equal(packed.references, [`${registry.name}/two:1`]);
      writeFileSync(join(dir, "both.tar"), namedArchive([imageFor("sparc"), imageFor(hostArch().name)], "both:1"));
      const both = await pushImage("both.tar", options(dir, registry));
      assert.is(both.digest, imageFor(hostArch().name).manifest.digest);
      const all = await pushImage("both.tar", { ...options(dir, registry), allPlatforms: true });
      assert.is((await tagAt(registry.access, "both", "1"))?.digest, all.digest);
      assert.is.not(all.digest, both.digest);
      // From a registry, only skopeo copies.
      const refused = await problem(pushImage("docker://ghcr.io/acme/hello:1", options(dir, registry)));
      assert.match(refused.message, "lacks skopeo");
    });
  });

  test("without skopeo, what was pushed is what was saved, and nothing is copied twice", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1"]]));
    const messages: string[] = [];
    const push = () => withoutSkopeo(() => pushImage("hello.tar", options(dir, registry, messages)));
    const { digest } = await push();
    const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
    const get = async (path: string) => (await fetch(`${registry.endpoint}/v2/hello/${path}`, { headers })).text();
    const manifest = JSON.parse(await get(`manifests/${digest}`)) as { readonly layers: { readonly digest: string }[] };
    assert.match(await get(`blobs/${manifest.layers[0]?.digest}`), "hello 0");
    messages.length = 0;
    assert.is((await push()).digest, digest);
    assert.ok(
      messages.some((line) => /^layer [0-9a-f]{12} is in the registry already$/.test(line)),
      String(messages),
    );
    assert.not.ok(messages.some((line) => line.startsWith("copying")));
  });

  // Others than root would need a user namespace.
  const rootTest = process.getuid?.() === 0 ? test : test.skip;
  rootTest("what Podman and Buildah keep is read by skopeo where they are gone", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    const storage = { driver: "vfs", graphroot: join(dir, "graph"), runroot: join(dir, "run") };
    const lines = Object.entries(storage).map(([key, value]) => `${key} = "${value}"`);
    const { CONTAINERS_STORAGE_CONF: before } = process.env;
    writeFileSync(join(dir, "storage.conf"), ["[storage]", ...lines].join("\n"));
    writeFileSync(join(dir, "app.tar"), dockerArchive([["app:1"]]));
    process.env.CONTAINERS_STORAGE_CONF = join(dir, "storage.conf");
    try {
      const copy = ["--insecure-policy", "copy", `docker-archive:${dir}/app.tar`, "containers-storage:localhost/app:1"];
      execFileSync("skopeo", copy, { stdio: "ignore" });
      const given = options(dir, registry);
      const { references } = await pushImage("containers-storage:app:1", given);
      assert.equal(references, [`${registry.name}/app:1`]);
      const missing = await problem(pushImage("containers-storage:app:2", given));
      assert.match(missing.message, "containers-storage:app:2: is not in Podman");
    } finally {
      if (before === undefined) delete process.env.CONTAINERS_STORAGE_CONF;
      else process.env.CONTAINERS_STORAGE_CONF = before;
    }
  });

  test("what cannot be read is reported in skopeo's own words", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const image = `docker://127.0.0.1:${await freePort()}/hello:1`;
    const refused = await problem(pushImage(image, options(dir, real.registry)));
    assert.match(refused.message, /could not be pushed: .*connection refused\. Check the reference/);
    assert.not.match(refused.message, "level=fatal");
    // Skopeo 1.9 calls it an invalid reference; a newer one says what it says of the address above.
    const byIPv6 = await problem(pushImage(image.replace("127.0.0.1", "[::1]"), options(dir, real.registry)));
    assert.match(byIPv6.message, /\[::1\]:\d+\/hello:1: could not be pushed: .*too old for IPv6 addresses: name/);
    assert.equal(readdirSync(dir), []);
  });
}

test.run();
