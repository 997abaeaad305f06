import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { missingPrograms } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage } from "../src/check-image.js";
import { pushImage, type PushOptions, withScratch } from "../src/push.js";
import { Registry } from "../src/registry.js";
import { digestOf } from "../src/registry-api.js";
import { programs } from "@k3s-lab/images/skopeo";
import { dockerArchive } from "./image-files.js";
import { builtArchive, freePort, startRegistry } from "./real-registry.js";

const test = suite<{ dir: string }>("registry push");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-push-test-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function options(dir: string, registry: Registry, messages: string[] = []): PushOptions {
  const env = { INIT_CWD: dir, TMPDIR: dir };
  return { registry, install: "never", progress: (message) => messages.push(message), env };
}

async function problem(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => assert.unreachable("expected a Problem"),
    (reason: unknown) => reason,
  );
  assert.instance(error, Problem);
  return error as Problem;
}

test("a scratch folder is where the user wants temporary files, and goes with its use", async ({ dir }) => {
  const used = withScratch(
    "push",
    async (scratch) => {
      assert.equal(readdirSync(dir), [basename(scratch)]);
      throw new Error("full");
    },
    { TMPDIR: dir },
  );
  assert.is(await used.catch((error: Error) => error.message), "full");
  assert.equal(readdirSync(dir), []);
});

test("what is wrong with an image is reported before the registry is asked", async ({ dir }) => {
  const silent = new Registry({ node: "multi", address: "127.0.0.1", port: await freePort() });
  writeFileSync(join(dir, "text.tar"), "no archive");
  writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1"]]));
  const push = async (image: string, name?: string) => problem(pushImage(image, { ...options(dir, silent), name }));
  assert.match((await push("nothing.tar")).message, `${dir}/nothing.tar: does not exist, expected`);
  assert.match((await push("text.tar")).message, "it is not a tar archive");
  assert.match((await push("docker://HELLO")).message, '"HELLO" does not parse');
  assert.match((await push("hello.tar", "Hello:1")).message, "--name Hello:1: does not parse");
  for (const image of ["nothing.tar", "text.tar", "docker://HELLO", ""]) assert.is((await push(image)).exitCode, 2);
  const unanswered = await push("hello.tar");
  assert.match(unanswered.message, /^multi:\d+: no registry answers at http:\/\/127.*Run `npm run lab:up`/);
  assert.is(unanswered.exitCode, 1);
});

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
    assert.is(await digestOf(registry.endpoint, "hello", "1"), pushed.digest);
    assert.is(await digestOf(registry.endpoint, "acme/hello", "2"), pushed.digest);
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

  test("OCI archives and folders keep their digest", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    const image = checkImage(registry.name);
    writeFileSync(join(dir, "a:b.tar"), image.archive);
    const fromFile = await pushImage("./a:b.tar", { ...options(dir, registry), name: "check:1" });
    assert.equal(fromFile, { references: [`${registry.name}/check:1`], digest: image.digest });
    mkdirSync(join(dir, "folder"));
    execFileSync("tar", ["xf", "a:b.tar", "-C", "folder", "--force-local"], { cwd: dir });
    const fromFolder = await pushImage("oci:folder", { ...options(dir, registry), name: "folder:1" });
    assert.equal(fromFolder, { references: [`${registry.name}/folder:1`], digest: image.digest });
  });

  test("one of several images is pushed when it is named", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const { registry } = real;
    writeFileSync(join(dir, "two.tar"), dockerArchive([["one:1"], ["two:1"]]));
    const unnamed = await problem(pushImage("two.tar", options(dir, registry)));
    assert.match(unnamed.message, /holds 2 images.*one:1, two:1/);
    const pushed = await pushImage("docker-archive:two.tar:two:1", options(dir, registry));
    assert.equal(pushed.references, [`${registry.name}/two:1`]);
    assert.is(await digestOf(registry.endpoint, "one", "1"), undefined);
  });

  test("what cannot be read is reported in skopeo's own words", async ({ dir }) => {
    await using real = await startRegistry(archive);
    const image = `docker://127.0.0.1:${await freePort()}/hello:1`;
    const refused = await problem(pushImage(image, options(dir, real.registry)));
    assert.match(refused.message, /could not be pushed: .*connection refused\. Check the reference/);
    assert.not.match(refused.message, "level=fatal");
    assert.equal(readdirSync(dir), []);
  });
}

test.run();
