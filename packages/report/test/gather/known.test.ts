import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { knownOf } from "../../src/gather/known.js";

const test = suite("report known");
const folder = mkdtempSync(join(tmpdir(), "k3s-lab-"));
test.after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const files = {
  passwd: file(
    "passwd",
    "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000:Alice Liddell,,,:/home/alice:/bin/sh\nsshd:x:101:65534::/run:/n\n",
  ),
  hostname: file("hostname", "looking-glass.wonder.example\n"),
  resolvers: file("resolv.conf", "nameserver 10.0.0.1\nsearch wonder.example lan other.example.\n"),
};

async function known(env: NodeJS.ProcessEnv = {}) {
  return knownOf(await openLab(join(folder, "lab.yaml"), { anyConfig: true }), { HOME: folder, ...env }, files);
}

test("names come from the host's own files", async () => {
  const { users, hosts, domains } = await known({ SUDO_USER: "bob" });
  for (const user of ["alice", "Alice Liddell", "bob"]) assert.ok(users.includes(user), user);
  for (const user of ["root", "sshd"]) assert.not.ok(users.includes(user), user);
  for (const host of ["looking-glass.wonder.example", "looking-glass"]) assert.ok(hosts.includes(host), host);
  assert.ok(["wonder.example", "other.example"].every((domain) => domains.includes(domain)));
  assert.not.ok(domains.includes("lan"));
});

test("secrets come from the lab, the environment, and what was logged in with", async () => {
  file(
    "lab.yaml",
    `host: { proxy: { http: "http://carol:proxy-word@proxy:3128" } }
registry:
  configs:
    one.example: { auth: { username: dora, password: { file: ./word } } }
    two.example: { auth: { auth: { env: TWO_LOGIN } } }
`,
  );
  file("word", "file-word\n");
  file(".lab/secrets.json", '{"schema":1,"serverPassword":"server-word","agentPassword":"agent-word"}');
  file(".lab/proxies.json", '{"schema":1,"asked":"auto","https":"http://eve:recorded-word@proxy:3128"}');
  file(".lab/kubeconfig", "users:\n- user:\n    client-key-data: S0VZLXdvcmQtMTIzNA==\n    token: kube-word\n");
  file(".lab/machines.json", JSON.stringify({ machines: [{ mac: "02:00:00:00:00:01" }] }, undefined, 2));
  const login = Buffer.from("frank:login-word").toString("base64");
  file(
    "docker/config.json",
    JSON.stringify({ auths: { "three.example": { auth: login }, x: { identitytoken: "id-word" } } }),
  );
  const { secrets, macs } = await known({
    TWO_LOGIN: Buffer.from("gina:env-word").toString("base64"),
    DB_PASSWORD: "db-word",
    HTTPS_PROXY: "http://hal:shell-word@proxy:3128",
    SSH_AUTH_SOCK: "/run/agent",
    DOCKER_CONFIG: join(folder, "docker"),
  });
  for (const secret of [
    "proxy-word",
    "file-word",
    "env-word",
    "server-word",
    "agent-word",
    "recorded-word",
    "S0VZLXdvcmQtMTIzNA==",
    "kube-word",
    "login-word",
    "id-word",
    "db-word",
    "shell-word",
  ]) {
    assert.ok(secrets.includes(secret), `${secret} in ${secrets.join(" ")}`);
  }
  assert.not.ok(secrets.includes("/run/agent"));
  assert.equal(macs, ["02:00:00:00:00:01"]);
});

test("nothing there is no obstacle", async () => {
  const none = { passwd: "/nowhere", hostname: "/nowhere", resolvers: "/nowhere" };
  const lab = await openLab(join(folder, "empty/lab.yaml"), { anyConfig: true });
  assert.equal(knownOf(lab, { HOME: "/nowhere" }, none).secrets, []);
});

test("the registry's password and its hash are secrets, and its user is none", async () => {
  const login = { username: "lab", password: "of-the-registry", hash: "$2b$04$hash", from: "lab" };
  file(".lab/registry-keys.json", JSON.stringify({ schema: 1, login, revision: 1 }));
  const { secrets } = await known();
  assert.ok(["of-the-registry", "$2b$04$hash"].every((secret) => secrets.includes(secret)));
  assert.not.ok(secrets.includes("lab"));
});

test.run();
