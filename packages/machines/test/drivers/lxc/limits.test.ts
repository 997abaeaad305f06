import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCidr } from "@k3s-lab/ip";
import { lxcConfig } from "../../../src/drivers/lxc/config.js";
import { isConfigured } from "../../../src/drivers/lxc/fitness.js";
import { areLimited, limitCgroups, withoutLimits } from "../../../src/drivers/lxc/limits.js";
import { labId, multi } from "../../sample.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines lxc limits");

/** Folders with the files of cgroups that have no limits, as the kernel has them. */
function cgroups(...hierarchies: readonly Readonly<Record<string, string>>[]) {
  const root = mkdtempSync(join(tmpdir(), "k3s-lab-cgroups-"));
  const dirs = hierarchies.map((files, index) => {
    const dir = join(root, String(index));
    mkdirSync(dir);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), `${content}\n`);
    return dir;
  });
  const read = (index: number, file: string) => readFileSync(join(root, String(index), file), "utf8").trim();
  return { dirs, read, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

const v1 = [
  { "memory.limit_in_bytes": "9223372036854771712" },
  { "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "-1" },
  { "pids.max": "max" },
];
const v2 = [{ "memory.max": "max", "cpu.max": "max 100000" }];

test("cgroups of a controller each are limited, and let go again", () => {
  using made = cgroups(...v1);
  assert.ok(areLimited(made.dirs, {}));
  const limits = { memory: 2048, cpus: 2 };
  assert.not.ok(areLimited(made.dirs, limits));
  limitCgroups("agent1", made.dirs, limits);
  assert.is(made.read(0, "memory.limit_in_bytes"), "2147483648");
  assert.equal([made.read(1, "cpu.cfs_period_us"), made.read(1, "cpu.cfs_quota_us")], ["100000", "200000"]);
  assert.ok(areLimited(made.dirs, limits));
  assert.not.ok(areLimited(made.dirs, { memory: 2048 }));
  limitCgroups("agent1", made.dirs, {});
  assert.equal([made.read(0, "memory.limit_in_bytes"), made.read(1, "cpu.cfs_quota_us")], ["-1", "-1"]);
});

test("the cgroup of today is limited, and let go again", () => {
  using made = cgroups(...v2);
  limitCgroups("agent1", made.dirs, { cpus: 1 });
  assert.equal([made.read(0, "memory.max"), made.read(0, "cpu.max")], ["max", "100000 100000"]);
  limitCgroups("agent1", made.dirs, { memory: 512 });
  assert.equal([made.read(0, "memory.max"), made.read(0, "cpu.max")], ["536870912", "max 100000"]);
});

test("what the kernel refuses is told in words, and what it does for another reason is not hidden", () => {
  using made = cgroups(...v2);
  const refusing = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };
  const limit = (code: string) => () => limitCgroups("agent1", made.dirs, { memory: 512, cpus: 1 }, refusing(code));
  assert.throws(limit("EBUSY"), /^agent1: uses more than 512 MB of memory\. Give it more with memory/);
  assert.throws(limit("EINVAL"), /^agent1: has pods that may use more processors than 1\. Give it more with cpus/);
  assert.throws(limit("EACCES"), /^EACCES$/);
});

const lan = { kind: "private" as const, bridge: "lab0", subnet: parseCidr("10.76.0.0/24") };
const rootfs = "/var/lib/k3s-lab/rootfs/abc";

test("a machine starts with its limits, whichever cgroups the host has", () => {
  const config = lxcConfig({ labId, machine: { ...multi, memory: 1024, cpus: 2 }, lan, rootfs });
  for (const line of [
    "lxc.cgroup.memory.limit_in_bytes = 1073741824",
    "lxc.cgroup.cpu.cfs_quota_us = 200000",
    "lxc.cgroup2.memory.max = 1073741824",
    "lxc.cgroup2.cpu.max = 200000 100000",
  ])
    assert.match(config, `${line}\n`);
});

test("other limits are no reason to stop a machine, another card is", () => {
  const machine = { ...multi, memory: 1024, cpus: 2 };
  const config = lxcConfig({ labId, machine, lan, rootfs });
  assert.is(withoutLimits(config), lxcConfig({ labId, machine: multi, lan, rootfs }));
  assert.match(withoutLimits(config), "lxc.cgroup.dir.container");
  assert.ok(isConfigured(config, { labId, machine: multi, lan }));
  assert.ok(isConfigured(config, { labId, machine: { ...machine, memory: 512 }, lan }));
  assert.not.ok(isConfigured(config, { labId, machine: { ...machine, mac: "02:00:00:00:00:99" }, lan }));
});

test.run();
