import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "bcryptjs";
import { carryOut } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { authorizationOf } from "../src/access.js";
import { describeRegistry } from "../src/host-setup.js";
import { readKeys } from "../src/keys.js";
import { fitting, leastDays, wantedKeys } from "../src/wanted-keys.js";
import { keepKeysStep, makeKeys } from "../src/make-keys.js";
import { readRegistry, registryRecord } from "../src/record.js";
import { serves } from "../src/registry-api.js";
import { decideRegistry, type Registry } from "../src/registry.js";
import { labIn } from "./lab.js";
import { actionsOf } from "./plan.js";

const test = suite<{ dir: string }>("registry keys");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-keys-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const secured = "registry: { auth: basic, tls: true }";
type Opened = Awaited<ReturnType<typeof labIn>>;
const decide = (lab: Opened, address = "10.76.0.10") => decideRegistry(lab.config, [{ name: "multi", address }]);

/** Makes and keeps the keys as the stage of the cluster does; resolves with what it said. */
async function keep(lab: Opened, registry: Registry): Promise<readonly string[]> {
  const step = keepKeysStep(lab, registry, await makeKeys(lab, registry));
  const sentences = (await actionsOf(step)).map(({ sentence }) => sentence);
  await carryOut([step], { stage: "cluster", report: () => {} });
  return sentences;
}

test("a registry that is not secured has no keys, and none are made", async ({ dir }) => {
  const lab = await labIn(dir);
  assert.equal(await keep(lab, decide(lab)), []);
  assert.not.ok(lab.state.exists("registryKeys"));
});

test("are made once, kept for their owner alone, and found by all commands", async ({ dir }) => {
  const lab = await labIn(dir, secured);
  const registry = decide(lab);
  assert.is(wantedKeys(lab, registry).login, undefined, "a plan makes none");
  const made = "registry: make a password, make a certificate authority, make its certificate";
  assert.equal(await keep(lab, registry), [made]);
  const { login, authority, server, revision } = readKeys(lab);
  assert.ok(await compare(login?.password ?? "", login?.hash ?? ""));
  assert.is(revision, 1);
  assert.equal(await keep(lab, registry), []);
  assert.is(readKeys(lab).login?.password, login?.password);
  for (const file of ["registryKeys", "registryPassword"] as const) {
    assert.is(statSync(lab.state.path(file)).mode & 0o777, 0o600, file);
  }
  assert.is(readFileSync(lab.state.path("registryAuthority"), "utf8"), authority?.certificate);
  lab.state.write(registryRecord, registry);
  assert.not.match(readFileSync(lab.state.path("registry"), "utf8"), login?.password ?? "-");
  const { signIn, trust, insecureRegistry } = describeRegistry(readRegistry(lab) ?? registry, lab);
  assert.is(signIn, `docker login --username lab --password-stdin multi:5000 < ${dir}/.lab/registry-password`);
  assert.match(
    trust?.docker ?? "",
    `sudo install -D -m 644 ${dir}/.lab/registry-ca.crt /etc/docker/certs.d/multi:5000/ca.crt`,
  );
  assert.is(insecureRegistry, undefined);
  assert.ok(
    new X509Certificate(server?.certificate ?? "").verify(new X509Certificate(authority?.certificate ?? "").publicKey),
  );
});

test("this host is let in by them, and knows the registry by its certificate", async ({ dir }) => {
  const lab = await labIn(dir, secured);
  const local = decide(lab, "127.0.0.1");
  await keep(lab, local);
  const { server, login } = readKeys(lab);
  const https = createServer({ cert: server?.certificate, key: server?.key }, (request, response) => {
    response.writeHead(request.headers.authorization === authorizationOf({ login }) ? 200 : 401).end();
  });
  await once(https.listen(0, "127.0.0.1"), "listening");
  const { port } = https.address() as AddressInfo;
  const endpoint = `https://127.0.0.1:${port}`;
  const { access } = local.withKeys(readKeys(lab));
  assert.is(await serves({ ...access, endpoint }), true);
  assert.is(await serves({ ...access, endpoint, login: { username: "lab", password: "wrong" } }), false);
  assert.is(await serves({ ...access, endpoint: endpoint.replace("127.0.0.1", "localhost") }), true);
  const other = mkdtempSync(join(dir, "other-"));
  const stranger = await makeKeys(await labIn(other, secured), local);
  assert.is(await serves({ ...access, endpoint, authority: stranger.authority?.certificate ?? "" }), false);
  https.close();
});

test("a certificate is made anew before it ends, and where the server has another address", async ({ dir }) => {
  const lab = await labIn(dir, secured);
  await keep(lab, decide(lab));
  const { login, authority } = readKeys(lab);
  assert.equal(await keep(lab, decide(lab, "10.76.0.11")), ["registry: renew its certificate"]);
  assert.equal([readKeys(lab).login, readKeys(lab).authority], [login, authority]);
  assert.is(readKeys(lab).revision, 2);
  const ends = Date.parse(new X509Certificate(readKeys(lab).server?.certificate ?? "").validTo);
  const day = 24 * 3_600_000;
  const at = (now: number) =>
    fitting(readKeys(lab), { asked: { username: "lab" }, registry: decide(lab, "10.76.0.11"), now });
  assert.ok(at(ends - (leastDays + 1) * day).server);
  const late = at(ends - (leastDays - 1) * day);
  assert.is(late.server, undefined);
  assert.ok(late.authority, "which ends nine years later");
  assert.is(late.revision, 3, "nodes will prove it");
});

test("a password that lab.yaml names is taken, followed, and given up again", async ({ dir }) => {
  const lab = await labIn(dir, "registry: { auth: { username: ann, password: { file: secret } } }");
  const file = join(dir, "secret");
  assert.throws(
    () => wantedKeys(lab, decide(lab)),
    /registry\.auth\.password\.file: .*secret does not exist.*LAB-REG-012/,
  );
  writeFileSync(file, "first\n");
  assert.equal(await keep(lab, decide(lab)), ["registry: take the password that lab.yaml names"]);
  assert.equal([readKeys(lab).login?.username, readKeys(lab).login?.password], ["ann", "first"]);
  assert.equal(await keep(lab, decide(lab)), []);
  writeFileSync(file, "second");
  assert.is(wantedKeys(lab, decide(lab)).revision, 2);
  assert.equal(await keep(lab, decide(lab)), ["registry: take the password that lab.yaml names"]);
  const made = await labIn(dir, "registry: { auth: basic }");
  assert.equal(await keep(made, decide(made)), ["registry: make a password"]);
  assert.is.not(readKeys(made).login?.password, "second");
});

test.run();
