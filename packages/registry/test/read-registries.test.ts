import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { onNodesThemselves, readRegistries, refuseRewrites } from "../src/read-registries.js";
import { labIn } from "./lab.js";

const test = suite<{ dir: string }>("registry read-registries");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-registries-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** Reads what is named under the configuration of the registry r.example:5001. */
async function read(dir: string, config: string, env: NodeJS.ProcessEnv = {}) {
  const lab = await labIn(dir, `registry: { configs: { "r.example:5001": ${config} } }`);
  const places = { XDG_RUNTIME_DIR: join(dir, "run"), XDG_CONFIG_HOME: join(dir, "config") };
  return readRegistries({ ...lab, env: { DOCKER_CONFIG: join(dir, "docker"), ...places, ...env } });
}

async function configOf(dir: string, config: string, env?: NodeJS.ProcessEnv) {
  return (await read(dir, config, env)).configs.get("r.example:5001");
}

async function refusal(dir: string, config: string, env?: NodeJS.ProcessEnv): Promise<string> {
  const error = await read(dir, config, env).catch((cause: unknown) => cause);
  assert.instance(error, Problem);
  assert.is((error as Problem).exitCode, 2);
  return (error as Problem).message;
}

test("secrets come from files beside lab.yaml, and from the environment", async ({ dir }) => {
  writeFileSync(join(dir, "secret"), " pass word \r\n");
  const auth = { username: "ann", password: " pass word " };
  assert.equal(await configOf(dir, "{ auth: { username: ann, password: { file: secret } } }"), { auth });
  const env = { TOKEN: "a-token" };
  assert.equal(await configOf(dir, "{ auth: { identity_token: { env: TOKEN } } }", env), {
    auth: { identity_token: "a-token" },
  });
  assert.equal(await configOf(dir, "{ auth: { auth: { env: TOKEN } } }", env), { auth: { auth: "a-token" } });
});

test("what docker login has written is taken where lab.yaml asks for it, and only there", async ({ dir }) => {
  mkdirSync(join(dir, "docker"));
  const auth = Buffer.from("ann:secret").toString("base64");
  writeFileSync(join(dir, "docker/config.json"), JSON.stringify({ auths: { "r.example:5001": { auth } } }));
  const found = { auth: { username: "ann", password: "secret" } };
  assert.equal(await configOf(dir, "{ auth: { docker: true } }"), found);
  assert.equal(await configOf(dir, "{ tls: { insecure_skip_verify: true } }"), { tls: { insecure_skip_verify: true } });
});

test("what podman login has written is taken where Docker's file has none for the registry, or cannot be read", async ({
  dir,
}) => {
  const write = (file: string, content: object) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), JSON.stringify(content));
  };
  const entry = (name: string) => ({ auth: Buffer.from(`${name}:secret`).toString("base64") });
  const foundBy = async (name: string, env?: NodeJS.ProcessEnv) => {
    const found = await configOf(dir, "{ auth: { docker: true } }", env);
    assert.equal(found, { auth: { username: name, password: "secret" } });
  };
  write("config/containers/auth.json", { auths: { "r.example:5001": entry("config") } });
  await foundBy("config");
  write("run/containers/auth.json", { auths: { "r.example:5001": entry("run") } });
  // A login for a part is none for the registry.
  write("docker/config.json", { auths: { "other.example": entry("other"), "r.example:5001/acme": entry("part") } });
  await foundBy("run");
  write("named.json", { auths: { "r.example:5001": entry("named") } });
  await foundBy("named", { REGISTRY_AUTH_FILE: join(dir, "named.json") });
  write("docker/config.json", { credsStore: "uninstalled" });
  await foundBy("run");
  write("docker/config.json", { auths: { "r.example:5001": entry("docker") } });
  await foundBy("docker");

  rmSync(join(dir, "run"), { recursive: true });
  rmSync(join(dir, "config"), { recursive: true });
  write("docker/config.json", { credsStore: "uninstalled" });
  assert.match(
    await refusal(dir, "{ auth: { docker: true } }"),
    /docker\/config\.json: docker-credential-uninstalled, .* is not installed/,
  );
});

test("a secret that cannot be read is refused by its key, with what to do", async ({ dir }) => {
  writeFileSync(join(dir, "empty"), "\n");
  const password = (secret: string) => `{ auth: { username: ann, password: { ${secret} } } }`;
  const key = "lab.yaml: registry.configs.r.example:5001.auth";
  assert.match(await refusal(dir, password("file: gone")), `${key}.password.file: ${dir}/gone does not exist`);
  assert.match(await refusal(dir, password("file: empty")), `${key}.password.file: empty is empty`);
  writeFileSync(join(dir, "empty"), "  \t\n");
  assert.match(await refusal(dir, password("file: empty")), `${key}.password.file: empty is empty`);
  assert.match(await refusal(dir, password("file: /")), `${key}.password.file: / cannot be read (EISDIR)`);
  for (const env of [{}, { TOKEN: "" }]) {
    assert.match(await refusal(dir, password("env: TOKEN"), env), `${key}.password.env: the environment has no TOKEN`);
  }
  const none = await refusal(dir, "{ auth: { docker: true } }");
  const files = ["docker/config.json", "run/containers/auth.json", "config/containers/auth.json"];
  const places = files.map((file) => join(dir, file)).join(" or ");
  assert.match(none, `${key}.docker: no credentials of r.example:5001 were found, expected in ${places}`);
  assert.match(none, "`docker login r.example:5001`");
});

test("certificates and keys become files on the nodes, the key readable by its owner only", async ({ dir }) => {
  makeCertificate(dir, "node");
  const tls = "{ tls: { ca_file: node.crt, cert_file: ./node.crt, key_file: node.key } }";
  const { configs, files } = await read(dir, tls);
  const place = "/etc/rancher/k3s/k3s-lab.d/r.example_5001";
  assert.equal(configs.get("r.example:5001"), {
    tls: { ca_file: `${place}.ca.pem`, cert_file: `${place}.cert.pem`, key_file: `${place}.key.pem` },
  });
  assert.equal(
    files.map(({ path, mode, isReadAtStart }) => [path, mode, isReadAtStart]),
    [
      [`${place}.ca.pem`, 0o644, false],
      [`${place}.cert.pem`, 0o644, false],
      [`${place}.key.pem`, 0o600, false],
    ],
  );
  assert.is(files[2]?.content, readFileSync(join(dir, "node.key"), "utf8"));
});

test("files of a registry by its IPv6 address are named without what a shell would take for a pattern", async ({
  dir,
}) => {
  makeCertificate(dir, "node");
  const lab = await labIn(dir, 'registry: { configs: { "[fd00::5]:5001": { tls: { ca_file: node.crt } } } }');
  const { configs, files } = await readRegistries({ ...lab, env: {} });
  const path = "/etc/rancher/k3s/k3s-lab.d/fd00__5_5001.ca.pem";
  assert.equal(configs.get("[fd00::5]:5001"), { tls: { ca_file: path } });
  assert.is(files[0]?.path, path);
});

test("a certificate or key that is not one, or does not match, is refused before a node gets it", async ({ dir }) => {
  makeCertificate(dir, "node");
  makeCertificate(dir, "other");
  const encrypt = [
    "pkey",
    "-in",
    join(dir, "node.key"),
    "-aes256",
    "-passout",
    "pass:x",
    "-out",
    join(dir, "locked.key"),
  ];
  execFileSync("openssl", encrypt, { stdio: "ignore" });
  const key = "registry.configs.r.example:5001.tls";
  const pair = (file: string) => `{ tls: { cert_file: node.crt, key_file: ${file} } }`;
  assert.match(await refusal(dir, "{ tls: { ca_file: node.key } }"), `${key}.ca_file: node.key holds no certificate`);
  assert.match(await refusal(dir, "{ tls: { ca_file: gone.crt } }"), `${key}.ca_file: ${dir}/gone.crt does not exist`);
  assert.match(await refusal(dir, pair("node.crt")), `${key}.key_file: node.crt holds no private key`);
  assert.match(await refusal(dir, pair("locked.key")), `${key}.key_file: locked.key is encrypted`);
  assert.match(await refusal(dir, pair("other.key")), `${key}.key_file: other.key is not the key of node.crt`);
});

test("a K3s that cannot rewrite names is not started with a rewrite", async ({ dir }) => {
  const lab = await labIn(
    dir,
    'registry: { mirrors: { docker.io: { rewrite: { "^a/": b/ } }, quay.io: { rewrite: {} } } }',
  );
  assert.not.throws(() => refuseRewrites(lab, "release"));
  for (const source of ["modules", "package"] as const) {
    assert.throws(() => refuseRewrites(lab, source), /registry\.mirrors\.docker\.io\.rewrite: K3s from Go modules/);
  }
});

test("an endpoint that is each node itself is noted, since the host's may be meant", async ({ dir }) => {
  const noted = async (endpoint: string) => {
    const { config } = await labIn(dir, `registry: { mirrors: { docker.io: { endpoint: ["${endpoint}"] } } }`);
    return onNodesThemselves(config.registry);
  };
  for (const endpoint of [
    "http://localhost:5001",
    "127.0.0.1:5001",
    "https://127.0.1.1",
    "http://hub.localhost:5001",
    "http://[::1]:5001",
  ]) {
    assert.match(
      (await noted(endpoint)).join(),
      `registry.mirrors.docker.io: on a node, ${endpoint} is the node itself`,
    );
  }
  for (const endpoint of ["http://192.168.1.5:5001", "http://[fd00::5]:5001", "https://localhost.example/v2/x"]) {
    assert.equal(await noted(endpoint), []);
  }
});

function makeCertificate(dir: string, name: string): void {
  const files = ["-keyout", join(dir, `${name}.key`), "-out", join(dir, `${name}.crt`)];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, ...files, "-subj", `/CN=${name}`, "-days", "1"], {
    stdio: "ignore",
  });
}

test.run();
