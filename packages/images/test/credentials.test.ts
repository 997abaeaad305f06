import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { credentialsIn, dockerConfigFile, findCredentials, loginPlaces } from "../src/credentials.js";

const test = suite<{ dir: string; file: string }>("images credentials");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-credentials-"));
  context.file = join(context.dir, "config.json");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const inFile = (file: string, registry: string, reading?: Parameters<typeof credentialsIn>[2]) =>
  credentialsIn({ title: file, hasParts: false }, registry, reading);
const base64 = (text: string) => Buffer.from(text).toString("base64");
const ann = { username: "ann", password: "pa:ss" };

test("what docker login has written is found by the registry's name, the hub's by any of its names", async ({
  file,
}) => {
  const auths = {
    "https://index.docker.io/v1/": { auth: base64("ann:pa:ss") },
    "10.0.0.5:5001": { auth: base64("bob:secret") },
    "https://old.example/v2/": { auth: base64("old:one") },
    "token.example": { auth: base64("00000000-0000-0000-0000-000000000000:"), identitytoken: "a-token" },
    "empty.example": {},
  };
  writeFileSync(file, JSON.stringify({ auths }));
  for (const name of ["docker.io", "registry-1.docker.io", "index.docker.io"]) {
    assert.equal(await inFile(file, name), ann, name);
  }
  assert.equal(await inFile(file, "10.0.0.5:5001"), { username: "bob", password: "secret" });
  assert.equal(await inFile(file, "old.example"), { username: "old", password: "one" });
  assert.equal(await inFile(file, "token.example"), { identityToken: "a-token" });
  for (const name of ["empty.example", "10.0.0.5", "unknown.example"]) {
    assert.is(await inFile(file, name), undefined, name);
  }
});

test("where no file is, there are no credentials; a broken one is named without its text", async ({ file }) => {
  assert.is(await inFile(file, "docker.io"), undefined);
  writeFileSync(file, '{"auths": {"x": {"auth": "c2VjcmV0');
  const error = await inFile(file, "docker.io").catch(String);
  assert.match(String(error), `${file}: is not JSON`);
  assert.not.match(String(error), "c2VjcmV0");
});

test("a credential helper is asked as Docker asks it, that of the registry before that of all", async ({
  dir,
  file,
}) => {
  const helper = (name: string, script: string) => {
    writeFileSync(join(dir, `docker-credential-${name}`), `#!/bin/sh\nread -r asked\n${script}\n`);
    chmodSync(join(dir, `docker-credential-${name}`), 0o755);
  };
  helper(
    "all",
    `[ "$1 $asked" = "get https://index.docker.io/v1/" ] || { echo "credentials not found in native keychain"; exit 1; }
echo '{"ServerURL":"x","Username":"ann","Secret":"pa:ss"}'`,
  );
  helper("one", `echo '{"Username":"<token>","Secret":"a-token"}'`);
  helper("locked", "echo 'the keyring is locked'; exit 1");
  const credHelpers = { "one.example": "one", "locked.example": "locked", "gone.example": "gone" };
  const auths = { "not.example": { auth: base64("ann:pa:ss") } };
  writeFileSync(file, JSON.stringify({ auths, credsStore: "all", credHelpers }));
  const reading = { env: { ...process.env, PATH: `${dir}:${process.env.PATH}` } };
  assert.equal(await inFile(file, "docker.io", reading), ann);
  assert.equal(await inFile(file, "one.example", reading), { identityToken: "a-token" });
  assert.equal(await inFile(file, "not.example", reading), ann);
  assert.is(await inFile(file, "unknown.example", reading), undefined);
  for (const [name, what] of [
    [
      "locked",
      /config\.json: docker-credential-locked.* of locked\.example, ended with exit code 1: the keyring is locked/,
    ],
    ["gone", /config\.json: docker-credential-gone.* of gone\.example, is not installed or not on PATH/],
  ] as const) {
    assert.match(String(await inFile(file, `${name}.example`, reading).catch(String)), what);
  }
});

test("a helper that answers with nothing has no credentials; one that answers with something else is named", async ({
  dir,
  file,
}) => {
  const reading = { env: { ...process.env, PATH: `${dir}:${process.env.PATH}` } };
  writeFileSync(file, JSON.stringify({ credsStore: "test", auths: { "r.example": { auth: base64("ann:pa:ss") } } }));
  const answering = async (answer: string) => {
    writeFileSync(join(dir, "docker-credential-test"), `#!/bin/sh\ncat >/dev/null\nprintf '%s\\n' '${answer}'\n`);
    chmodSync(join(dir, "docker-credential-test"), 0o755);
    return await inFile(file, "r.example", reading);
  };
  for (const none of ["", "{}", '{"ServerURL":"r.example","Username":"","Secret":""}']) {
    assert.equal(await answering(none), ann, none);
  }
  for (const other of ["warning: locked", "[1", '{"Username":1,"Secret":"x"}', "null"]) {
    assert.match(String(await answering(other).catch(String)), "did not answer with JSON", other);
  }
});

test("a name and a password beside each other count, empty sections do not, and a wrong auth is named", async ({
  file,
}) => {
  const auths = {
    "plain.example": { username: "ann", password: "pa:ss" },
    "both.example": { username: "old", password: "old", auth: base64("ann:pa:ss") },
    "half.example": { username: "ann" },
    "null.example": null,
    "typed.example": { auth: "ann:secret-in-the-clear" },
  };
  writeFileSync(file, JSON.stringify({ auths, credHelpers: null, credsStore: "" }));
  assert.equal(await inFile(file, "plain.example"), ann);
  assert.equal(await inFile(file, "both.example"), ann);
  for (const name of ["half.example", "null.example"]) assert.is(await inFile(file, name), undefined, name);
  const error = String(await inFile(file, "typed.example").catch(String));
  assert.match(error, `${file}: the auth of typed.example is not base64 of user:password`);
  assert.not.match(error, "clear");
  writeFileSync(file, '{ "auths": null }');
  assert.is(await inFile(file, "plain.example"), undefined);
});

test("DOCKER_AUTH_CONFIG counts before every file, as for Docker and GitLab's runner", async ({ dir, file }) => {
  writeFileSync(file, JSON.stringify({ auths: { "r.example": { auth: base64("file:x") } } }));
  const skipped: string[] = [];
  const find = (text: string, path?: string) => {
    const env = { DOCKER_AUTH_CONFIG: text, DOCKER_CONFIG: dir, REGISTRY_AUTH_FILE: "/nowhere" };
    const skip = ({ subject, what }: Problem) => void skipped.push(`${subject} ${what}`);
    return findCredentials("r.example", loginPlaces("skopeo", env), { env, path, skip });
  };
  const auths = { "r.example": { auth: base64("ann:pa:ss") }, "r.example/acme": { auth: base64("part:x") } };
  assert.equal(await find(JSON.stringify({ auths })), ann);
  assert.equal(await find(JSON.stringify({ auths }), "acme/web"), { username: "part", password: "x" });
  const ofFile = { username: "file", password: "x" };
  for (const without of ["", " ", "{}"]) assert.equal(await find(without), ofFile);
  assert.equal(skipped, []);
  assert.equal(await find("c2VjcmV0"), ofFile);
  assert.equal(skipped, ["DOCKER_AUTH_CONFIG is not JSON"]);
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest("under sudo, a helper runs as the caller, in the caller's home", async ({ dir, file }) => {
  chmodSync(dir, 0o755);
  const script = `cat >/dev/null; echo "{\\"Username\\": \\"$(id -u) $HOME $USER\\", \\"Secret\\": \\"x\\"}"`;
  writeFileSync(join(dir, "docker-credential-test"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  writeFileSync(file, JSON.stringify({ credsStore: "test" }));
  const sudo = { SUDO_UID: "1", SUDO_GID: "1", USER: "root" };
  const env = { ...process.env, ...sudo, PATH: `${dir}:${process.env.PATH}` };
  const [, home] = /^daemon:.*:(.*):[^:]*$/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
  assert.equal(await inFile(file, "r.example", { env }), { username: `1 ${home} `, password: "x" });
});

test("Docker's file is where DOCKER_CONFIG says, or in the caller's home", () => {
  assert.is(dockerConfigFile({ DOCKER_CONFIG: "/x" }), "/x/config.json");
  assert.match(dockerConfigFile({}), /\/\.docker\/config\.json$/);
});

test("under sudo, the logins are those of the user who called, in the session's folder or without a session", () => {
  const who = { uid: 1000, gid: 1000, home: "/home/ann", isRoot: true };
  const root = { XDG_RUNTIME_DIR: "/run/user/0", XDG_CONFIG_HOME: "/root/.config" };
  const files = (first: "docker" | "skopeo", env: NodeJS.ProcessEnv) =>
    loginPlaces(first, env, who).map(({ title }) => title);
  const containers = ["/run/user/1000", "/run/containers/1000", "/home/ann/.config"];
  const others = containers.map((folder) => `${folder}/containers/auth.json`);
  assert.equal(files("docker", root), ["/home/ann/.docker/config.json", ...others]);
  assert.equal(files("skopeo", root), [...others, "/home/ann/.docker/config.json"]);
  const named = { REGISTRY_AUTH_FILE: "/home/ann/.docker/config.json" };
  assert.equal(loginPlaces("skopeo", named, who), [{ title: "/home/ann/.docker/config.json", hasParts: true }]);
});

test.run();
