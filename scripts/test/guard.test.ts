// `npm run guard` with a kubeconfig whose user has an exec plugin, as a person meets it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellWord } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually, root } from "./drive-lab.js";

const test = suite<{ dir: string; tokens: string[]; close: () => void }>("guard");
const program = join(root, "scripts/dist/guard.js");

test.before.each(async (context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-guard-"));
  context.tokens = [];
  const server = createServer((request, response) => {
    context.tokens.push(request.headers.authorization ?? "");
    response.writeHead(401).end('{"message": "who are you?"}');
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.close = () => (server.close(), server.closeAllConnections());
  mkdirSync(join(context.dir, "kube"));
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./plug.sh", interactiveMode: "IfAvailable" };
  const kubeconfig = {
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } }],
    users: [{ name: "u", user: { exec } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(join(context.dir, "kube/config"), JSON.stringify(kubeconfig));
  writeFileSync(join(context.dir, "kube/current"), "current-context: x\n");
});
test.after.each(({ dir, close }) => {
  for (const child of started.splice(0)) child.kill();
  close();
  rmSync(dir, { recursive: true });
});

function plugin(dir: string, script: string): void {
  writeFileSync(join(dir, "kube/plug.sh"), `#!/bin/sh\necho $$ >>"${dir}/runs"\n${script}\n`, { mode: 0o755 });
}

const runs = (dir: string) => readFileSync(join(dir, "runs"), "utf8").trim().split("\n");

const started: ChildProcess[] = [];

/** Starts the command as npm does for a person whose current folder is the test's. */
function start(dir: string, command: readonly string[]) {
  const [name = "", ...args] = command;
  const child = spawn(name, args, { cwd: root, env: { ...process.env, INIT_CWD: dir, NO_COLOR: "1" } });
  started.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => void (output += String(chunk)));
  return { child, said: () => output };
}

const ended = async (child: ChildProcess) => (child.exitCode ?? (await once(child, "close"))[0]) as number;
const guard = [process.execPath, program, "--kubeconfig", "kube/config:kube/current", "--plan"];

test("the plugin runs once, its output is shown while it waits, and Ctrl-C ends it", async ({ dir, tokens }) => {
  plugin(dir, "echo open https://login.example and enter ABCD >&2; sleep 600");
  const { child, said } = start(dir, guard);
  await eventually("the plugin speaks", async () => said().includes("enter ABCD"));
  await eventually("who is waited for", async () => said().includes("waiting for ./plug.sh, which signs context x in"));
  child.kill("SIGINT");
  assert.is(await ended(child), 130, said());
  const [pid, ...more] = runs(dir);
  assert.equal(more, []);
  assert.not.ok(existsSync(`/proc/${pid}`));
  assert.equal(tokens, []);
});

test("the plugin reads the terminal, and refused credentials are reported once", async ({ dir, tokens }) => {
  plugin(
    dir,
    `printf 'Password: ' >&2; read -r word
echo '{"apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "'"$word"'"}}'`,
  );
  const { child, said } = start(dir, ["script", "-qec", guard.map(shellWord).join(" "), "/dev/null"]);
  await eventually("the plugin asks", async () => said().includes("Password: "));
  child.stdin.write("open sesame\n");
  await ended(child);
  assert.match(said(), "HTTP 401: who are you?. Sign in again: the credentials of context x in");
  assert.ok(tokens.length > 0 && tokens.every((token) => token === "Bearer open sesame"), tokens.join());
  assert.is(runs(dir).length, 1);
});

test.run();
