import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dockerStore } from "../../src/stores/docker.js";
import { dockerEndpoint } from "../../src/stores/docker-endpoint.js";
import { fakeDocker } from "./fake-docker.js";

const test = suite<{ dir: string; socket: string; put: (path: string, content: string) => void }>("images in Docker");
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-docker-"));
  context.socket = join(context.dir, "docker.sock");
  context.put = (path, content) => {
    mkdirSync(dirname(join(context.dir, path)), { recursive: true });
    writeFileSync(join(context.dir, path), content);
  };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const image = Buffer.from("an archive");
const images = { "hello:1": image };
const open = (socket: string) => dockerStore(dockerEndpoint({ DOCKER_HOST: `unix://${socket}` }));
const options = { allPlatforms: false };

test("the daemon's own version of the API is spoken, whatever the oldest is that it takes", async ({ dir, socket }) => {
  for (const [version, minimum] of [
    ["1.51", 44],
    ["1.47", 24],
    ["1.41", 12],
  ] as const) {
    await using docker = await fakeDocker(socket, { version, minimum, images });
    const store = open(socket);
    assert.is(await store.find("hello:1"), `sha256:${"d".repeat(64)}`);
    assert.is(await store.find("hello:2"), undefined);
    assert.equal([store.bytes?.("hello:1"), store.bytes?.("hello:2")], [image.length, undefined]);
    await store.save("hello:1", join(dir, version), options);
    assert.equal(readFileSync(join(dir, version)), image);
    const paths = ["/images/hello:1/json", "/images/hello:2/json", "/images/hello:1/get"];
    assert.equal(docker.asked, ["/_ping", ...paths.map((path) => `/v${version}${path}`)]);
  }
});

test("other tags of an image are told", async ({ socket }) => {
  const all = { "app:1": image, "app:v2": image, "apple:1": image };
  await using _docker = await fakeDocker(socket, { version: "1.41", minimum: 12, images: all });
  assert.equal(await open(socket).namesLike?.("app"), ["app:1", "app:v2"]);
  assert.equal(await open(socket).namesLike?.("other:1"), []);
});

test("one that does not report its version is asked without any", async ({ dir, socket }) => {
  await using _docker = await fakeDocker(socket, { minimum: 44, images });
  await open(socket).save("hello:1", join(dir, "saved"), options);
  assert.equal(readFileSync(join(dir, "saved")), image);
});

async function problem(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((reason: unknown) => reason);
  assert.instance(error, Problem);
  return (error as Problem).message;
}

test("what is wrong is reported with what to do", async ({ dir, socket }) => {
  assert.match(
    await problem(open(socket).find("a:1")),
    /^Docker at unix:\S+docker\.sock: cannot be reached: there is no such socket\. Start Docker, or change DOCKER_HOST, which names it/,
  );
  // A daemon that insists on a version and does not tell which it has.
  await using _docker = await fakeDocker(socket, { version: "1.24", minimum: 44, images });
  assert.match(await problem(open(socket).find("a:1")), /answers 400: client version 1\.24 is too old.* `docker save`/);
  const refused = open(socket).save("a:1", join(dir, "x"), options);
  assert.match(await problem(refused), /answers 400/);
});

test("it is where the docker program would look", ({ dir, put }) => {
  const env = { DOCKER_CONFIG: dir };
  const contextDir = (kind: string, name: string) =>
    `contexts/${kind}/${createHash("sha256").update(name).digest("hex")}`;
  const put1 = (name: string, host: string) =>
    put(
      `${contextDir("meta", name)}/meta.json`,
      JSON.stringify({ Name: name, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } }),
    );
  assert.is(dockerEndpoint(env).namedBy, undefined);
  put("config.json", JSON.stringify({ currentContext: "colima" }));
  put1("colima", "unix:///home/u/.colima/docker.sock");
  const colima = { host: "unix:///home/u/.colima/docker.sock", namedBy: "docker's context colima", tls: undefined };
  assert.equal(dockerEndpoint(env), colima);
  put1("far", "tcp://far:2376");
  put(`${contextDir("tls", "far")}/docker/ca.pem`, "CA");
  const tls = { ca: "CA", cert: undefined, key: undefined, rejectUnauthorized: true };
  const far = { host: "tcp://far:2376", namedBy: "docker's context far", tls };
  assert.equal(dockerEndpoint({ ...env, DOCKER_CONTEXT: "far" }), far);
  const named = { host: "tcp://x:1", namedBy: "DOCKER_HOST", tls: undefined };
  assert.equal(dockerEndpoint({ ...env, DOCKER_CONTEXT: "far", DOCKER_HOST: "tcp://x:1" }), named);
  assert.throws(() => dockerEndpoint({ ...env, DOCKER_CONTEXT: "gone" }), /docker's context gone: is missing/);
});

test("where a variable asks for TLS, there is a CA's certificate, or an error: never plain HTTP", ({ dir, put }) => {
  const env = { DOCKER_CONFIG: dir, DOCKER_HOST: "tcp://far:2376" };
  const tlsWith = (more: NodeJS.ProcessEnv) => dockerEndpoint({ ...env, ...more }).tls;
  const missing = (variable: string, file: string) =>
    new RegExp(`^${variable}: asks for TLS, and ${join(dir, file)} is missing\\. .*DOCKER_CERT_PATH`);
  assert.throws(() => tlsWith({ DOCKER_TLS_VERIFY: "1" }), missing("DOCKER_TLS_VERIFY", "ca.pem"));
  assert.throws(() => tlsWith({ DOCKER_TLS: "1" }), missing("DOCKER_TLS", "ca.pem"));
  put("certs/cert.pem", "CERT");
  const own = { DOCKER_CERT_PATH: join(dir, "certs") };
  assert.throws(() => tlsWith({ ...own, DOCKER_TLS_VERIFY: "1" }), missing("DOCKER_TLS_VERIFY", "certs/ca.pem"));
  put("certs/ca.pem", "CA");
  const files = { ca: "CA", cert: "CERT", key: undefined };
  assert.equal(tlsWith({ ...own, DOCKER_TLS_VERIFY: "1" }), { ...files, rejectUnauthorized: true });
  assert.equal(tlsWith({ ...own, DOCKER_TLS: "1" }), { ...files, rejectUnauthorized: false });
  assert.is(tlsWith(own), undefined);
  put("ca.pem/is-a-folder", "");
  assert.throws(() => tlsWith({ DOCKER_TLS: "1" }), /^\S+\/ca\.pem: cannot be read \(EISDIR\)/);
});

test("a socket of this host needs no TLS, whatever the variables ask for", ({ dir, put }) => {
  put("ca.pem", "CA");
  const env = { DOCKER_CONFIG: dir, DOCKER_TLS_VERIFY: "1" };
  for (const host of ["unix:///run/docker.sock", "npipe:////./pipe/docker_engine"]) {
    assert.is(dockerEndpoint({ ...env, DOCKER_HOST: host }).tls, undefined);
  }
  const nowhere = { ...env, DOCKER_CONFIG: join(dir, "nowhere") };
  assert.is(dockerEndpoint({ ...nowhere, DOCKER_HOST: "ssh://user@far" }).tls, undefined);
});

test("a context that trusts any certificate is asked over TLS, though it has none itself", ({ dir, put }) => {
  const id = createHash("sha256").update("lax").digest("hex");
  const lax = { Host: "tcp://far:2376", SkipTLSVerify: true };
  put(`contexts/meta/${id}/meta.json`, JSON.stringify({ Name: "lax", Endpoints: { docker: lax } }));
  const { tls } = dockerEndpoint({ DOCKER_CONFIG: dir, DOCKER_CONTEXT: "lax" });
  assert.equal(tls, { ca: undefined, cert: undefined, key: undefined, rejectUnauthorized: false });
});

test("a context that cannot be used is refused by its name and its file, with what to do", ({ dir, put }) => {
  const meta = (name: string) => `contexts/meta/${createHash("sha256").update(name).digest("hex")}/meta.json`;
  const refusal = (name: string, what: string) =>
    new RegExp(`^docker's context ${name}: ${what}\\. Run \`docker context .*or set DOCKER_HOST\\.`);
  const openContext = (name: string) => () => dockerEndpoint({ DOCKER_CONFIG: dir, DOCKER_CONTEXT: name });
  assert.throws(openContext("gone"), refusal("gone", `is missing, expected ${dir}/${meta("gone")}`));
  for (const content of [
    '{"Name": "cut',
    "",
    "null",
    "{}",
    '{"Endpoints": null}',
    '{"Endpoints": {"docker": {"Host": 1}}}',
  ]) {
    put(meta("damaged"), content);
    assert.throws(
      openContext("damaged"),
      refusal("damaged", `is damaged: ${dir}/${meta("damaged")} names no endpoint`),
    );
  }
  put(`${meta("closed")}/is-a-folder`, "");
  assert.throws(openContext("closed"), /^\S+\/meta\.json: cannot be read \(EISDIR\)/);
});

test("a configuration without a context that can be a name leaves the usual socket", ({ dir, put }) => {
  for (const content of ["{", "null", '{"currentContext": 5}', '{"currentContext": ""}']) {
    put("config.json", content);
    assert.is(dockerEndpoint({ DOCKER_CONFIG: dir }).namedBy, undefined, content);
  }
});

test("over ssh the docker program asks", async ({ dir, put }) => {
  put(
    "docker",
    `#!/bin/sh
[ "$1 $2" = "--host ssh://user@far" ] || exit 9
case "$3 $4" in
"image inspect") [ "$7" = hello:1 ] && echo sha256:a || { echo "Error: No such image: $7" >&2; exit 1; };;
"save --output") echo saved "$6" >"$5";;
esac
`,
  );
  chmodSync(join(dir, "docker"), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${dir}:${path}`;
  try {
    const store = dockerStore(dockerEndpoint({ DOCKER_HOST: "ssh://user@far" }));
    assert.is(await store.find("hello:1"), "sha256:a");
    assert.is(await store.find("hello:2"), undefined);
    await store.save("hello:1", join(dir, "saved"), options);
    assert.is(readFileSync(join(dir, "saved"), "utf8"), "saved hello:1\n");
  } finally {
    process.env.PATH = path;
  }
});

test.run();
