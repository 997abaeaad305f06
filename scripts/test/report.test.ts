// Plants secrets wherever a person's host has them, and looks for them in every file of the report, decoded, too. The lab is
// never made: reports of labs that run are in report.e2e.test.ts.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const test = suite("scripts report");
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Each is planted where its name says. */
const secrets = {
  labYamlProxy: "Kr0kodil-one",
  recordedProxy: "Kr0kodil-two",
  shellProxy: "Kr0kodil/three",
  registryFile: "Kr0kodil-four",
  registryEnv: "Kr0kodil-five",
  environment: "Kr0kodil-six",
  dockerLogin: "Kr0kodil-seven",
  identityToken: "Kr0kodil-eight",
  serverToken: "0123456789abcdef0123456789abcdef",
  agentToken: "fedcba9876543210fedcba9876543210",
  kubeconfigToken: "Kr0kodil-nine",
  inUrl: "Kr0kodil-ten",
  inQuery: "Kr0kodil&eleven",
  inBasic: "Kr0kodil-twelve",
  inBearer: "Kr0kodil-13-bearer",
  inKey: "Kr0kodil-fourteen",
  inJson: 'Kr0"kodil-15',
  inYamlBlock: "Kr0kodil-sixteen",
  inFlag: "Kr0kodil-seventeen",
  jwt: `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"Kr0kodil-18"}').toString("base64url")}.c2ln`,
  key: "MHcCAQEEIIq1zH0Kr0kodilNineteenAoGCCqGSM49AwEHoUQDQgAE",
} as const;

const names = {
  user: "wilhelmina",
  otherUser: "theodora",
  publicIpv4: "93.184.216.34",
  publicIpv6: "2a00:1450:4001:81b::200e",
  mac: "3c:22:fb:01:02:03",
  email: "mina.murray@whitby.example",
} as const;

const pem = `-----BEGIN EC PRIVATE KEY-----\n${secrets.key}\n-----END EC PRIVATE KEY-----\n`;

const folder = mkdtempSync(join(tmpdir(), "k3s-lab-"));
test.after(() => rmSync(folder, { recursive: true }));

function plant(name: string, text: string, mode = 0o644): void {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

function plantAll(): void {
  plant(
    "lab.yaml",
    `# asked ${names.email}, on ${names.publicIpv4}
host:
  proxy: { https: "http://bob:${secrets.labYamlProxy}@proxy.corp:3128" }
registry:
  configs:
    one.example: { auth: { username: bob, password: { file: ./word } } }
    two.example: { auth: { auth: { env: TWO_LOGIN } } }
x-notes:
  password: |
    ${secrets.inYamlBlock}
`,
  );
  plant("word", `${secrets.registryFile}\n`, 0o600);
  plant(
    ".lab/proxies.json",
    JSON.stringify({
      schema: 1,
      asked: "auto",
      http: `http://bob:${secrets.recordedProxy}@proxy.corp:3128`,
      noProxy: [],
      leftOut: [],
    }),
  );
  plant(
    ".lab/secrets.json",
    JSON.stringify({ schema: 1, serverPassword: secrets.serverToken, agentPassword: secrets.agentToken }),
    0o600,
  );
  plant(
    ".lab/kubeconfig",
    `users:\n- name: default\n  user:\n    token: ${secrets.kubeconfigToken}\n    client-key-data: ${base64(pem)}\n`,
    0o600,
  );
  plant(
    "home/.docker/config.json",
    JSON.stringify({
      auths: {
        "one.example": { auth: base64(`bob:${secrets.dockerLogin}`) },
        "x.example": { identitytoken: secrets.identityToken },
      },
    }),
  );
  const journal = [
    `pulling https://bob:${secrets.inUrl}@registry.corp/v2/ as ${names.otherUser} in /home/${names.otherUser}/src`,
    `GET /v2/?password=${encodeURIComponent(secrets.inQuery)}&x=1 from ${names.publicIpv4}`,
    `Authorization: Basic ${base64(`bob:${secrets.inBasic}`)}`,
    `authorization: Bearer ${secrets.inBearer} via ${names.publicIpv6}`,
    `level=info msg="joined" token=${secrets.inKey} K10${"0a".repeat(32)}::server:${secrets.serverToken}`,
    JSON.stringify({ time: 1, password: secrets.inJson, mac: names.mac }),
    `k3s agent --token ${secrets.inFlag} --server https://10.76.0.2:6443`,
    `id_token ${secrets.jwt}`,
    pem.trim(),
    JSON.stringify({ key: pem }),
    `LS ${base64(pem)}`,
    `seen ${base64(`{"auths":{"one.example":{"password":"${secrets.registryFile}"}}}`)}`,
    `DB ${secrets.environment} ${encodeURIComponent(secrets.shellProxy)} ${Buffer.from(secrets.registryEnv).toString("hex")}`,
    `${secrets.agentToken} ${base64(secrets.agentToken)} ${base64(`node:${secrets.agentToken}`)}`,
    `at ${names.user}: mail ${names.email}, ether ${names.mac}, 10.76.0.2 is kept`,
  ];
  plant(".lab/logs/lab-up.log", journal.map((line) => `Nov 30 16:00:01 multi k3s[1]: ${line}`).join("\n"));
}

const env = {
  HOME: join(folder, "home"),
  DOCKER_CONFIG: join(folder, "home/.docker"),
  USER: names.user,
  LOGNAME: names.user,
  INIT_CWD: folder,
  K3S_LAB_CONFIG: undefined,
  K3S_LAB_BIN: undefined,
  K3S_LAB_CACHE: join(folder, "cache"),
  SUDO_UID: undefined,
  SUDO_GID: undefined,
  DB_PASSWORD: secrets.environment,
  TWO_LOGIN: base64(`bob:${secrets.registryEnv}`),
  HTTP_PROXY: `http://bob:${encodeURIComponent(secrets.shellProxy)}@proxy.corp:3128`,
};

const report = (...args: readonly string[]) =>
  run(process.execPath, [join(root, "scripts/bin/run.js"), "report", ...args], {
    env,
    answers: "any",
    timeout: 240_000,
  });

/** Unpacks an archive by tar itself; returns the text of each file. */
function unpack(archive: string): ReadonlyMap<string, string> {
  const into = mkdtempSync(join(folder, "unpacked-"));
  execFileSync("tar", ["-xzf", archive, "-C", into]);
  const [name = ""] = readdirSync(into);
  const paths = readdirSync(join(into, name), { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => statSync(join(into, name, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(into, name, path), "utf8")]));
}

/** A text, and what it is decoded from base64, hexadecimal digits, percent codes and JSON, twice over. */
function decodings(text: string, depth = 2): readonly string[] {
  if (depth === 0) return [text];
  const words = [...text.matchAll(/[A-Za-z\d+/_=-]{8,}/g)].flatMap(([word]) => [
    Buffer.from(word, "base64").toString("latin1"),
    ...(/^[\da-f]+$/i.test(word) ? [Buffer.from(word, "hex").toString("latin1")] : []),
  ]);
  const plain = text.replaceAll(/%[\dA-Fa-f]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  const unquoted = text.replaceAll(/\\(["\\/])/g, "$1");
  return [text, plain, unquoted, ...words.flatMap((word) => decodings(word, depth - 1))];
}

test("no secret and no name is in any file of the report, decoded or not", async () => {
  plantAll();
  const out = join(folder, "report.tar.gz");
  const { exitCode, stdout, stderr } = await report("--out", out);
  assert.is(exitCode, 0, stderr);
  assert.is(statSync(out).mode & 0o777, 0o600);
  const files = unpack(out);
  for (const path of [
    "index.txt",
    "lab.yaml",
    "configuration.json",
    "logs/lab-up.log",
    "lab/proxies.json",
    "environment.txt",
    "host/network.txt",
    "plan.txt",
  ]) {
    assert.ok(files.has(path), `${path} in ${[...files.keys()].join(" ")}`);
  }
  for (const path of files.keys()) assert.not.match(path, /secrets|kubeconfig/);
  for (const [path, text] of [...files, ["standard output", stdout], ["standard error", stderr]] as const) {
    const all = decodings(text).join("\n");
    for (const [where, secret] of Object.entries({ ...secrets, ...names })) {
      assert.not.ok(all.includes(secret), `${where} is in ${path}`);
    }
    assert.not.match(all, /Kr0.?kodil/, path);
  }
});

test("what a maintainer needs stays, and stand-ins are the same in all files", async () => {
  const out = join(folder, "again.tar.gz");
  const { stdout } = await report("--out", out, "--json");
  const files = unpack(out);
  const log = files.get("logs/lab-up.log") ?? "";
  assert.match(log, "10.76.0.2 is kept");
  assert.match(log, /^Nov 30 16:00:01 multi k3s\[1\]: pulling https:\/\/\[secret-\d+\]@registry\.corp\/v2\/ as/m);
  const [, ipv4] = /\/v2\/\?password=\S+ from (\[public-ipv4-\d+\])/.exec(log) ?? [];
  assert.match(files.get("lab.yaml") ?? "", `, on ${ipv4}\n`);
  const told = JSON.parse(stdout) as {
    readonly file: string;
    readonly bytes: number;
    readonly files: readonly { readonly path: string; readonly bytes: number }[];
    readonly replaced: readonly { readonly kind: string; readonly times: number }[];
  };
  assert.is(told.file, out);
  assert.is(told.bytes, statSync(out).size);
  for (const { path, bytes } of told.files) assert.is(Buffer.byteLength(files.get(path) ?? ""), bytes, path);
  const kinds = told.replaced.map(({ kind }) => kind);
  for (const kind of ["secret", "private-key", "user", "public-ipv4", "public-ipv6", "mac", "email"]) {
    assert.ok(kinds.includes(kind), kind);
  }
});

test("it is made of a lab whose lab.yaml and records are broken, and says what was wrong", async () => {
  plant("lab.yaml", "registry: [\n");
  for (const name of ["machines", "cluster"]) plant(`.lab/${name}.json`, '{"schema": 99}');
  const { exitCode, stdout, stderr } = await report("--out", join(folder, "broken.tar.gz"));
  assert.is(exitCode, 0, stderr);
  const files = unpack(join(folder, "broken.tar.gz"));
  assert.match(files.get("plan.txt") ?? "", "[LAB-CFG-006]");
  assert.match(files.get("status.txt") ?? "", "[LAB-CFG-010]");
  assert.match(files.get("lab.yaml") ?? "", "registry: [");
  assert.match(stdout, /^ {2}nodes\/multi\/ \(5\) /m);
});

test("it replaces no file, and refuses a folder that is not there, before it collects anything", async () => {
  for (const [out, id] of [
    [join(folder, "broken.tar.gz"), "LAB-RPT-001"],
    [join(folder, "nowhere/report.tar.gz"), "LAB-RPT-002"],
  ] as const) {
    const { exitCode, stderr } = await report("--out", out);
    assert.is(exitCode, 2);
    assert.match(stderr, `[${id}]`);
  }
  assert.not.ok(existsSync(join(folder, "nowhere")));
  for (const lines of ["0", "x", "1.5"]) assert.is((await report("--lines", lines)).exitCode, 2, lines);
});

test.run();
