// Hosts on which no lab can work: each is refused with its reason in the first second, and nothing of it is changed.
// Runs alone: it compares all that a host has with what it was, and measures a time.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemDir } from "@k3s-lab/host";
import { labDigest } from "@k3s-lab/lab";
import { diffSnapshots, emulateHost, isRoot, rootOnly, snapshotHost, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const test = suite<{ world: World; dir: string }>("hosts that are refused");
const realTest = rootOnly("hosts that are refused", test);

test.before(async (context) => {
  if (!isRoot) return;
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-refused-"));
  context.world = await emulateHost();
});
test.after(async ({ world, dir }) => {
  if (!isRoot) return;
  await world?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

const fresh = (options: string) => `mount -t tmpfs -o ${options} tmpfs ${systemDir}`;
const remount = "Run: sudo mount -o remount,exec";

const hosts: readonly (readonly [kind: string, make: string, undo: string, expected: readonly string[]])[] = [
  [
    "the machines' folder is noexec",
    fresh("noexec,nosuid,nodev"),
    `umount -l ${systemDir}`,
    [`${systemDir}: is mounted noexec`, `${remount} ${systemDir}`, "LAB-HST-008"],
  ],
  [
    "the folder of this lab alone is noexec, and the root file system is there",
    `${fresh("size=20g")}; mkdir -p ${systemDir}/@LAB; mount -t tmpfs -o noexec tmpfs ${systemDir}/@LAB`,
    `umount -l ${systemDir}/@LAB ${systemDir}`,
    ["is mounted noexec", `${remount} ${systemDir}/`],
  ],
  [
    "the machines' folder is read-only",
    fresh("ro"),
    `umount -l ${systemDir}`,
    [`${systemDir}: is mounted ro`, "mount -o remount,rw"],
  ],
  [
    "the cache is noexec",
    "mkdir -p @DIR/cache; mount -t tmpfs -o noexec tmpfs @DIR/cache",
    "umount -l @DIR/cache",
    ["@DIR/cache: is mounted noexec", `${remount} @DIR/cache`, "or set K3S_LAB_CACHE to a folder elsewhere"],
  ],
  [
    "the project is noexec",
    `mount --bind ${root} ${root}; mount -o remount,bind,noexec ${root}`,
    `umount -l ${root}`,
    [`is mounted noexec, and ${root} holds k3s-lab itself`, remount],
  ],
  [
    "the memory cgroup is off",
    "sed 's/^\\(memory.*\\)1$/\\10/' /proc/cgroups >@DIR/cgroups; mount --bind @DIR/cgroups /proc/cgroups; [ ! -e /sys/fs/cgroup/cgroup.controllers ] || { sed 's/memory//' /sys/fs/cgroup/cgroup.controllers >@DIR/v2; mount --bind @DIR/v2 /sys/fs/cgroup/cgroup.controllers; }",
    "umount /proc/cgroups; umount /sys/fs/cgroup/cgroup.controllers 2>/dev/null || :",
    ["its cgroups lack the controller memory", "cgroup_memory=1 cgroup_enable=memory", "/boot/firmware/cmdline.txt"],
  ],
  [
    "the disk is full",
    `${fresh("size=3g")}`,
    `umount -l ${systemDir}`,
    [`${systemDir}: has 3.0 GiB free (100 %), expected`, "K3s evicts pods", "LAB-MCH-019"],
  ],
  [
    "the disk has no files left",
    fresh("size=20g,nr_inodes=1000"),
    `umount -l ${systemDir}`,
    ["inodes free, expected "],
  ],
];

for (const [kind, make, undo, expected] of hosts) {
  realTest(kind, async ({ world: { host }, dir }) => {
    const file = join(dir, "lab.yaml");
    writeFileSync(file, "");
    const filled = (text: string) => text.replaceAll("@DIR", dir).replaceAll("@LAB", labDigest(join(dir, ".lab")));
    const shell = (script: string) => host.run("sh", ["-ec", filled(script)], { cwd: "/" });
    const npm = (script: string) =>
      host.run("npm", ["run", "-s", script, "--", "--config", file], {
        cwd: root,
        env: { K3S_LAB_CACHE: join(dir, "cache") },
        answers: "any",
      });
    await shell(make);
    try {
      const before = await snapshotHost({ run: host.run });
      for (const script of kind === hosts[0]?.[0] ? ["lab:plan", "lab:fetch", "lab:up"] : ["lab:up"]) {
        const started = performance.now();
        const { exitCode, stderr } = await npm(script);
        assert.is(exitCode, 3, `${script}: ${stderr}`);
        for (const words of expected) assert.ok(stderr.includes(filled(words)), stderr);
        assert.ok(performance.now() - started < 5000, "it takes as long as its start");
      }
      assert.is(diffSnapshots(before, await snapshotHost({ run: host.run })), "");
      assert.not.ok(existsSync(join(dir, ".lab", "lab.json")));
    } finally {
      await shell(undo);
    }
  });
}

test.run();
