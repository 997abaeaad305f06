import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openKubeconfig } from "../src/open-kubeconfig.js";
import { refusal } from "./refusal.js";

const test = suite<{ dir: string }>("cluster-guard exec-plugin");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-plugin-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const version = "client.authentication.k8s.io/v1";

/** Opens a kubeconfig whose user has a plugin: `script`, which lies beside the file. */
async function withPlugin(dir: string, script: string, exec: object = {}, cluster: object = {}) {
  const folder = join(dir, "kube");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "plug.sh"), `#!/bin/sh\necho run >>"${dir}/runs"\n${script}\n`, { mode: 0o755 });
  const named = {
    apiVersion: version,
    command: "./plug.sh",
    interactiveMode: "IfAvailable",
    args: null,
    env: null,
    ...exec,
  };
  const kubeconfig = {
    clusters: [{ name: "c", cluster: { server: "https://h:6443", ...cluster } }],
    users: [{ name: "u", user: { exec: named } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  writeFileSync(join(folder, "config"), JSON.stringify(kubeconfig));
  return (await openKubeconfig([join(folder, "config")])).connection.access;
}

const runs = (dir: string) => readFileSync(join(dir, "runs"), "utf8").trim().split("\n").length;
const printing = (status: object | null) =>
  `echo '${JSON.stringify({ apiVersion: version, kind: "ExecCredential", status })}'`;

test("it runs once, however many callers there are; its path is relative to the kubeconfig", async ({ dir }) => {
  const access = await withPlugin(dir, `sleep 0.2; ${printing({ token: "t1" })}`);
  const answers = await Promise.all(Array.from({ length: 6 }, () => access()));
  assert.equal(new Set(answers.map(({ headers }) => JSON.stringify(headers))).size, 1);
  assert.equal((await access()).headers, { authorization: "Bearer t1" });
  assert.is(runs(dir), 1);
});

test("it runs again when its credentials expire, once for all", async ({ dir }) => {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const access = await withPlugin(dir, printing({ token: "old", expirationTimestamp: at(-1000) }));
  await access();
  assert.is(runs(dir), 2);
  await withPlugin(dir, printing({ token: "new", expirationTimestamp: at(60_000) }));
  const answers = await Promise.all([access(), access(), access()]);
  for (const { headers } of answers) assert.equal(headers, { authorization: "Bearer new" });
  await access();
  assert.is(runs(dir), 3);
});

test("it gets the cluster's description, and may return a certificate", async ({ dir }) => {
  const script = `printf '%s' "$KUBERNETES_EXEC_INFO" >"${dir}/info"; printf '%s %s' "$FLAVOUR" "$1" >"${dir}/called"
${printing({ clientCertificateData: "CERT", clientKeyData: "KEY" })}`;
  const info = () => JSON.parse(readFileSync(join(dir, "info"), "utf8")) as object;
  const more = { args: ["login"], env: [{ name: "FLAVOUR", value: "mint" }] };
  const { cert, key, headers } = await (await withPlugin(dir, script, more))();
  assert.equal([cert, key, headers], ["CERT", "KEY", {}]);
  assert.is(readFileSync(join(dir, "called"), "utf8"), "mint login");
  assert.equal(info(), { kind: "ExecCredential", apiVersion: version, spec: { interactive: false } });
  writeFileSync(join(dir, "ca"), "CA");
  const cluster = {
    "certificate-authority": join(dir, "ca"),
    "tls-server-name": "api",
    extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "a" } }],
  };
  await (
    await withPlugin(dir, script, { provideClusterInfo: true }, cluster)
  )();
  assert.equal(info(), {
    kind: "ExecCredential",
    apiVersion: version,
    spec: {
      interactive: false,
      cluster: {
        server: "https://h:6443",
        "tls-server-name": "api",
        "certificate-authority-data": Buffer.from("CA").toString("base64"),
        config: { audience: "a" },
      },
    },
  });
});

test("one that fails is named with its output and its hint, and is not run again", async ({ dir }) => {
  const access = await withPlugin(dir, "echo not signed in >&2; exit 3", { installHint: "See https://login.example." });
  const all = await Promise.all([refusal(access), refusal(access)]);
  assert.is(
    all[0]?.message,
    `${join(dir, "kube/config")}: its context x cannot sign in: its exec plugin ./plug.sh ended with exit code 3:\n` +
      "not signed in. See https://login.example. [LAB-GRD-005]",
  );
  await refusal(access);
  assert.is(runs(dir), 1);
});

test("one that is missing, or prints nothing of use, is named; what it printed is not shown", async ({ dir }) => {
  const missing = await withPlugin(dir, "", { command: "no-such-plugin", installHint: "Install it: brew install it." });
  assert.match(
    (await refusal(missing)).message,
    "its exec plugin no-such-plugin is not installed or not on PATH. Install it: brew install it. [LAB-GRD-005]",
  );
  const other = printing({ token: "sekret" }).replace("/v1", "/v1beta1");
  for (const [script, exec, expected] of [
    ["echo sekret", {}, "has printed neither a token nor a certificate with its key"],
    [printing(null), {}, "has printed neither a token nor a certificate with its key"],
    [printing({ clientCertificateData: "sekret" }), {}, "has printed neither a token nor a certificate with its key"],
    [other, {}, `answers in client.authentication.k8s.io/v1beta1, expected ${version}`],
    ["", { interactiveMode: "Always" }, "wants to ask you, and standard input is not a terminal"],
  ] as const) {
    const { message } = await refusal(await withPlugin(dir, script, exec));
    assert.match(message, expected);
    assert.match(message, "[LAB-GRD-005]");
    assert.not.match(message, "sekret");
  }
});

test.run();
