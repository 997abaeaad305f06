import { once } from "node:events";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { isInstalled } from "@k3s-lab/host";
import { defaultK3sVersion } from "@k3s-lab/lab";
import { exitCode, Problem } from "@k3s-lab/problem";
import { GoTooOld } from "@k3s-lab/k3s-from-modules";
import { makeAuthority, serveRelease } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sumsFile } from "../src/arch.js";
import { chooseSource } from "../src/choose-source.js";
import type { Asked, Release } from "../src/release.js";
import { installPackage, packages } from "./package-folder.js";
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
const context = () => ({ arch, labFolder: "/", install: "never" as const, log: listen(), build: async () => built });

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

test("auto prefers an installed package to building, and a release to the package", async ({ release }) => {
  const folder = installPackage(release);
  const build = async (): Promise<Release> => {
    throw new Error("nothing is to be built");
  };
  const each = { ...context(), labFolder: release.root, build };
  const found = await chooseSource(auto(await nowhere()), each);
  assert.equal([found.source, found.folder], ["package", folder]);
  assert.match(
    each.log.notes.join(),
    `K3s comes from the package ${folder}, because no release can be reached: http://127`,
  );
  await using server = await serveRelease({ dir: release.dir, version });
  assert.is((await chooseSource(auto(server.baseUrl), each)).source, "release");
});

test("auto builds where the package cannot be used, and tells why", async ({ release }) => {
  const each = { ...context(), labFolder: release.root };
  const wanted = auto(await nowhere());
  assert.is(await chooseSource(wanted, each), built);
  assert.match(each.log.notes.join(), `; ${packages.own.name}: is not installed`);
  const folder = installPackage(release, "own", { version: "0.0.1" });
  assert.is(await chooseSource(wanted, each), built);
  assert.match(each.log.notes.join(), `; ${folder}: is of k3s-lab 0.0.1, expected`);
});

test("auto does not build in place of a package that is damaged", async ({ release }) => {
  release.put(arch.binary, "other", 0o755);
  installPackage(release);
  const each = { ...context(), labFolder: release.root };
  assert.match(await refusal(chooseSource(auto(await nowhere()), each)), "[LAB-SRC-023]");
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

test("auto goes on without a proxy that cannot be used, and tells so", async () => {
  const before = process.env.HTTP_PROXY;
  process.env.HTTP_PROXY = "socks4://p:1";
  const each = context();
  try {
    assert.is(await chooseSource(auto("http://mirror.example"), each), built);
    assert.match(each.log.notes.join(), "HTTP_PROXY is socks4://p:1, expected");
  } finally {
    if (before === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = before;
  }
});

if (!isInstalled("openssl")) {
  console.log("cluster choice of a source: skipped what needs a certificate: openssl is missing");
} else {
  test("auto builds where the host does not trust the server's authority, and tells what to do", async ({
    release,
  }) => {
    const { server } = await makeAuthority(release.root, "Corp", "127.0.0.1");
    const mirror = createTlsServer(server).listen(0, "127.0.0.1");
    await once(mirror, "listening");
    const each = context();
    try {
      const { port } = mirror.address() as AddressInfo;
      assert.is(await chooseSource(auto(`https://127.0.0.1:${port}`), each), built);
    } finally {
      mirror.close();
    }
    assert.match(
      each.log.notes.join(),
      /^K3s comes from Go modules, because no release can be reached: .*does not trust the authority.*host\.certificates in lab\.yaml/,
    );
  });
}

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
  const byPackage = { ...context(), labFolder: release.root };
  assert.match(await refusal(chooseSource(auto("", { source: "package" }), byPackage)), "[LAB-SRC-021]");
  installPackage(release);
  assert.is((await chooseSource(auto("", { source: "package" }), byPackage)).source, "package");
  await using server = await serveRelease({ dir, version });
  assert.is((await chooseSource(auto(server.baseUrl, { source: "release" }), context())).source, "release");
});

test.run();
