import { type AddressInfo, createServer } from "node:net";
import { defaultK3sVersion } from "@k3s-lab/lab";
import { exitCode, Problem } from "@k3s-lab/problem";
import { GoTooOld } from "@k3s-lab/k3s-from-modules";
import { serveRelease } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sumsFile } from "../src/arch.js";
import { chooseSource } from "../src/choose-source.js";
import type { Asked, Release } from "../src/release.js";
import { arch, listen, makeRelease, refusal, type ReleaseFolder, version } from "./release-folder.js";

const test = suite<{ release: ReleaseFolder }>("cluster choice of a source");
test.before.each((context) => void (context.release = makeRelease()));
test.after.each(({ release }) => release.remove());

const built: Release = {
  source: "modules",
  version: "v1.34.4+modules",
  folder: "/cache/k3s-from-modules/1",
  binary: { name: arch.binary, size: 1, sha256: "", changed: 0 },
  archives: [],
};
const auto = (baseUrl: string, rest: Partial<Asked> = {}): Asked => ({ source: "auto", version, baseUrl, ...rest });
const context = () => ({ arch, install: "never" as const, log: listen(), build: async () => built });

/** The address of a server that has gone. */
async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

test("auto is a release where one can be reached, and tells so", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  const each = context();
  const found = await chooseSource(auto(server.baseUrl), each);
  assert.is(found.source, "release");
  assert.equal(each.log.notes, [`K3s comes from the release ${version}: it can be reached`]);
});

test("auto asks no network when the release is in the cache", async ({ release }) => {
  const wanted = auto("http://127.0.0.1");
  {
    await using server = await serveRelease({ dir: release.dir, version });
    Object.assign(wanted, { baseUrl: server.baseUrl });
    await chooseSource(wanted, context());
  }
  assert.is((await chooseSource(wanted, context())).source, "release");
});

test("auto is modules where nothing listens, and tells why before it builds", async () => {
  const each = context();
  const found = await chooseSource(auto(await nowhere()), {
    ...each,
    build: async () => {
      assert.match(
        each.log.notes.join(),
        /^K3s comes from Go modules, because no release can be reached: http:\/\/127/,
      );
      return built;
    },
  });
  assert.is(found, built);
  assert.match(each.log.notes.join(), /ECONNREFUSED/);
});

test("auto does not wait for a network that swallows everything", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const each = context();
  try {
    assert.is(await chooseSource(auto(`http://127.0.0.1:${port}`), each), built);
    assert.match(each.log.notes.join(), "no answer within 3 s");
  } finally {
    silent.close();
  }
});

test("auto is not taken in by a portal that answers everything", async ({ release }) => {
  await using server = await serveRelease({
    dir: release.dir,
    version,
    interfere: (_, response) => Boolean(response.end("<html>Please log in</html>")),
  });
  const each = context();
  assert.is(await chooseSource(auto(server.baseUrl), each), built);
  assert.match(each.log.notes.join(), "what comes is no sum file of a release");
});

test("a version that lab.yaml asks for is not replaced by another", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  assert.is(version, defaultK3sVersion);
  const message = await refusal(chooseSource(auto(server.baseUrl, { version: "v1.99.0+k3s1" }), context()));
  assert.match(message, `v1.99.0%2Bk3s1/${sumsFile(arch)}: does not exist`);
});

test("where neither can be had, both reasons are reported, with what to do", async () => {
  const build = async (): Promise<Release> => {
    throw new GoTooOld("1.26.0", "1.19.8");
  };
  const error = await chooseSource(auto(await nowhere()), { ...context(), build }).catch((e: unknown) => e);
  assert.instance(error, Problem);
  const { message, exitCode: code } = error as Problem;
  assert.is(code, exitCode.hostLacks);
  for (const part of [
    "ECONNREFUSED",
    "1.19.8 is too old, 1.26.0 or newer is needed",
    "go.dev/dl",
    "cluster.directory",
  ]) {
    assert.match(message, part);
  }
});

test("a source that lab.yaml names is the one that is taken", async ({ release }) => {
  const { dir } = release;
  assert.is((await chooseSource(auto("", { source: "directory", directory: dir }), context())).source, "directory");
  assert.is(await chooseSource(auto("", { source: "modules" }), context()), built);
  await using server = await serveRelease({ dir, version });
  assert.is((await chooseSource(auto(server.baseUrl, { source: "release" }), context())).source, "release");
});

test.run();
