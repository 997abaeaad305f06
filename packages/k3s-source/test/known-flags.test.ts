import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { flagsIn, knownFlags } from "../src/known-flags.js";

const test = suite("k3s-source known-flags");

/** As K3s prints it, shortened. */
const help = `NAME:
   k3s server - Run management server

USAGE:
   k3s server [OPTIONS]

OPTIONS:
   --config FILE, -c FILE                     (config) Load configuration from FILE (default: "/etc/rancher/k3s/config.yaml") [$K3S_CONFIG_FILE]
   --debug                                    (logging) Turn on debug logs [$K3S_DEBUG]
   -v value                                   (logging) Number for the log level verbosity (default: 0)
   --node-ip value, -i value                  (agent/networking) IPv4/IPv6 addresses to advertise for node
   --etcd-snapshot-schedule-cron value        (db) Snapshot interval time in cron spec. eg. every 5 hours '0 */5 * * *'
   --protect-kernel-defaults                  (agent/node) Kernel tuning behavior, unlike --selinux.
`;

test("the help of K3s tells its flags, and nothing that only speaks of one", () => {
  assert.equal(
    [...flagsIn(help)],
    ["config", "debug", "v", "node-ip", "etcd-snapshot-schedule-cron", "protect-kernel-defaults"],
  );
});

test("a K3s is asked itself; one that is not there, or does not run, tells nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "k3s-lab-flags-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "k3s"), `#!/bin/sh\n[ "$1 $2" = "server --help" ] || exit 1\ncat <<'E'\n${help}E\n`);
  chmodSync(join(folder, "k3s"), 0o755);
  const binary = { name: "k3s", size: 1, sha256: "ab", changed: 0 };
  assert.ok((await knownFlags({ source: "release", folder, binary }, "server"))?.has("debug"));
  assert.is(await knownFlags({ source: "release", folder, binary }, "agent"), undefined);
  assert.is(await knownFlags({ source: "auto", folder, binary: { ...binary, sha256: "" } }, "server"), undefined);
});

test("the build from Go modules tells its own", async () => {
  const binary = { name: "k3s", size: -1, sha256: "", changed: 0 };
  assert.not.ok((await knownFlags({ source: "modules", folder: "", binary }, "agent"))?.has("rootless"));
});

test.run();
