import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { missingPrograms } from "@k3s-lab/host";
import { makeImage, writeTar } from "@k3s-lab/images";
import { programs } from "@k3s-lab/images/skopeo";
import { hostArch } from "@k3s-lab/k3s-source";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sourceCredentials } from "../src/source-credentials.js";
import { privateRegistry } from "./private-registry.js";

const test = suite<{
  dir: string;
  env: NodeJS.ProcessEnv;
  put: (path: string, content: unknown) => void;
  flags: (reference: string) => Promise<readonly string[]>;
  said: string[];
}>("registry source-credentials");
test.before.each((context) => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-credentials-"));
  context.dir = dir;
  context.env = {
    PATH: `${dir}:${process.env.PATH}`,
    DOCKER_CONFIG: join(dir, "docker"),
    XDG_RUNTIME_DIR: join(dir, "run"),
    XDG_CONFIG_HOME: join(dir, "config"),
  };
  context.put = (path, content) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), typeof content === "string" ? content : JSON.stringify(content));
  };
  context.said = [];
  context.flags = (reference) =>
    sourceCredentials(reference, { scratch: dir, env: context.env, progress: (message) => context.said.push(message) });
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const encoded = (text: string) => Buffer.from(text).toString("base64");
const written = (dir: string) => JSON.parse(readFileSync(join(dir, "auth.json"), "utf8")) as unknown;

test("what docker login has written is found, and is in no argument", async ({ dir, put, flags }) => {
  assert.equal(await flags("alpine:3"), []);
  put("docker/config.json", { auths: { "https://index.docker.io/v1/": { auth: encoded("me:secret") } } });
  assert.equal(await flags("alpine:3"), [`--src-authfile=${dir}/auth.json`]);
  assert.equal(written(dir), { auths: { "docker.io": { auth: encoded("me:secret") } } });
  assert.is(statSync(join(dir, "auth.json")).mode & 0o777, 0o600);
  assert.equal(await flags("ghcr.io/acme/web:1"), []);
});

test("Podman's and skopeo's files come first, and may be about a part of a registry", async ({ dir, put, flags }) => {
  put("docker/config.json", { auths: { "ghcr.io": { auth: encoded("docker:x") } } });
  put("config/containers/auth.json", { auths: { "ghcr.io": { auth: encoded("podman:x") } } });
  await flags("ghcr.io/acme/web:1");
  assert.equal(written(dir), { auths: { "ghcr.io": { auth: encoded("podman:x") } } });
  put("run/containers/auth.json", { auths: { "ghcr.io/acme": { auth: encoded("part:x") } } });
  await flags("ghcr.io/acme/web:1");
  assert.equal(written(dir), { auths: { "ghcr.io": { auth: encoded("part:x") } } });
});

test("a missing helper does not prevent reading a public image", async ({ put, flags, said }) => {
  put("docker/config.json", { credsStore: "desktop.exe" });
  assert.equal(await flags("alpine:3"), []);
  assert.match(
    said.join(),
    /^continuing without the credentials of \S+config\.json: docker-credential-desktop\.exe, .* is not/,
  );
});

test("a file, and the helper that it names, are asked once for an image, whatever the length of its name", async ({
  dir,
  env,
  put,
  flags,
  said,
}) => {
  put("run/containers/auth.json", '{"auths":');
  await flags("ghcr.io/acme/team/web:1");
  assert.is(said.length, 1, said.join("\n"));
  assert.match(said.join(), /^continuing without the credentials of \S+run\/containers\/auth\.json: is not JSON$/);

  // The variable often names docker's own file.
  env.REGISTRY_AUTH_FILE = join(dir, "docker/config.json");
  put("docker-credential-locked", `#!/bin/sh\ncat >>${dir}/asked; echo >>${dir}/asked; echo it is locked; exit 1\n`);
  chmodSync(join(dir, "docker-credential-locked"), 0o755);
  put("docker/config.json", { credsStore: "locked" });
  await flags("ghcr.io/acme/team/web:1");
  assert.is(said.length, 2, said.join("\n"));
  assert.is(readFileSync(join(dir, "asked"), "utf8"), "ghcr.io\n");
});

test("of several parts of a registry, the longest with credentials counts, and its helper before all", async ({
  dir,
  put,
  flags,
}) => {
  const parts = {
    "ghcr.io/acme/team": {},
    "ghcr.io/acme": { auth: encoded("part:x") },
    "ghcr.io": { auth: encoded("all:x") },
  };
  put("run/containers/auth.json", { auths: parts });
  await flags("ghcr.io/acme/team/web:1");
  assert.equal(written(dir), { auths: { "ghcr.io": { auth: encoded("part:x") } } });
  await flags("ghcr.io/other/web:1");
  assert.equal(written(dir), { auths: { "ghcr.io": { auth: encoded("all:x") } } });
  put("docker-credential-one", '#!/bin/sh\ncat >/dev/null; echo \'{"Username": "helper", "Secret": "x"}\'\n');
  chmodSync(join(dir, "docker-credential-one"), 0o755);
  put("run/containers/auth.json", { auths: parts, credHelpers: { "ghcr.io": "one" } });
  await flags("ghcr.io/acme/team/web:1");
  assert.equal(written(dir), { auths: { "ghcr.io": { auth: encoded("helper:x") } } });
});

const lacking = missingPrograms(programs).map(({ name }) => name);
if (lacking.length > 0) console.log(`registry source-credentials: skipped one test: ${lacking.join()} is missing`);
const skopeoTest = lacking.length > 0 ? test.skip : test;

skopeoTest("skopeo reads a private registry by what each way to log in has left", async ({ dir, env, put, flags }) => {
  const layer = writeTar([{ name: "x", content: Buffer.from("x") }]);
  const image = makeImage({ architecture: hostArch().name, config: {}, layer, gzipped: gzipSync(layer) });
  const allowed = { basic: `Basic ${encoded("me:secret")}`, refreshToken: "refresh" };
  await using registry = await privateRegistry(image, allowed);
  const reference = `${registry.host}/acme/web:1`;
  const copy = async () => {
    const args = [...(await flags(reference)), "--src-tls-verify=false", `docker://${reference}`, `dir:${dir}/copy`];
    await promisify(execFile)("skopeo", ["--insecure-policy", "copy", ...args], { env });
    rmSync(join(dir, "copy"), { recursive: true });
  };
  assert.match(String(await copy().catch((error: Error) => error.message)), "unauthorized");
  put("docker-credential-test", `#!/bin/sh\ncat >${dir}/asked; echo '{"Username": "me", "Secret": "secret"}'\n`);
  put("docker-credential-token", `#!/bin/sh\ncat >/dev/null; echo '{"Username": "<token>", "Secret": "refresh"}'\n`);
  for (const name of ["test", "token"]) chmodSync(join(dir, `docker-credential-${name}`), 0o755);
  for (const config of [
    { credsStore: "test" },
    { credHelpers: { [registry.host]: "token" } },
    { auths: { [registry.host]: { auth: encoded("me:secret") } } },
    { auths: { [registry.host]: { identitytoken: "refresh" } } },
  ]) {
    put("docker/config.json", config);
    await copy();
  }
  assert.is(readFileSync(join(dir, "asked"), "utf8"), registry.host);
});

test.run();
