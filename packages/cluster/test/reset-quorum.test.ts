import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster reset-quorum.sh");
const script = fileURLToPath(new URL("../shell/reset-quorum.sh", import.meta.url));

/** A server's folder, and a k3s that refuses a second reset as K3s does, and fails at the first `failures` of them. */
function serverOf(failures = 0) {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-reset-"));
  const at = (path: string) => join(dir, path);
  const write = (path: string, content = "") => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };
  for (const path of ["server/db/etcd/member/wal", "server/agent-token", "server/db/k3s-lab-moved"]) write(path);
  const resets = at("resets");
  write(
    "k3s",
    `#!/bin/sh
[ ! -e ${at("server/db/reset-flag")} ] || exit 3
echo "$*" >>${resets}
touch ${at("server/db/reset-flag")}
[ "$(wc -l <${resets})" -gt ${failures} ]
`,
  );
  chmodSync(at("k3s"), 0o755);
  const run = (how: string) => {
    const args = ["-s", how, `echo stopped >>${resets}`, at("k3s"), at("server")];
    args.push(at("server/db/k3s-lab-moved"), at("server/agent-token"));
    execFileSync("sh", args, { input: readFileSync(script), stdio: ["pipe", "ignore", "ignore"] });
  };
  return { at, run, resets: () => readFileSync(resets, "utf8"), remove: () => rmSync(dir, { recursive: true }) };
}

test("a server that goes on alone keeps its store, and a reset that was cut short is done again", () => {
  const server = serverOf(2);
  assert.throws(() => server.run("reset"), /Command failed/);
  assert.ok(existsSync(server.at("server/db/k3s-lab-moved")), "the next run sees it");
  server.run("reset");
  assert.is(server.resets(), "stopped\nserver --cluster-reset\nstopped\nserver --cluster-reset\n");
  assert.not.ok(existsSync(server.at("server/db/k3s-lab-moved")));
  assert.ok(existsSync(server.at("server/db/etcd/member/wal")));
  assert.ok(existsSync(server.at("server/agent-token")));
  server.remove();
});

test("a server that is to join as a new one has neither a store nor what tells that it has run", () => {
  const server = serverOf();
  server.run("forget");
  assert.is(server.resets(), "stopped\n");
  for (const path of ["server/db/etcd", "server/agent-token", "server/db/k3s-lab-moved"]) {
    assert.not.ok(existsSync(server.at(path)), path);
  }
  server.remove();
});

test.run();
