import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { missingControllers } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host controllers");
const wanted = ["cpu", "cpuset", "memory", "pids"];

function missingOn(files: Readonly<Record<string, string>>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), "k3s-lab-controllers-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const missing = missingControllers(wanted, `${root}/`);
  rmSync(root, { recursive: true });
  return missing;
}

const v1 = ({ memory }: { readonly memory: number }) => `#subsys_name\thierarchy\tnum_cgroups\tenabled
cpuset\t5\t1\t1\ncpu\t3\t65\t1\ncpuacct\t3\t65\t1\nmemory\t7\t110\t${memory}\npids\t10\t70\t1\n`;
const mounts = (controllers: readonly string[]) =>
  controllers.map((name) => `31 30 0:28 / /sys/fs/cgroup/${name} rw,nosuid - cgroup cgroup rw,${name}\n`).join("");
const all = ["cpuset", "cpu,cpuacct", "memory", "pids"];

test("cgroup v2 lists what its host has delegated", () => {
  const file = "sys/fs/cgroup/cgroup.controllers";
  assert.equal(missingOn({ [file]: "cpuset cpu io memory hugetlb pids rdma misc\n" }), []);
  assert.equal(missingOn({ [file]: "cpuset cpu io pids\n" }), ["memory"]);
  assert.equal(missingOn({ [file]: "\n" }), wanted);
});

test("cgroup v2: what the kernel calls switched off is missing, what it does not list is not", () => {
  const file = "sys/fs/cgroup/cgroup.controllers";
  const delegated = { [file]: "cpuset cpu io memory pids\n" };
  assert.equal(missingOn({ ...delegated, "proc/cgroups": v1({ memory: 0 }) }), ["memory"]);
  assert.equal(missingOn({ ...delegated, "proc/cgroups": v1({ memory: 1 }) }), []);
  // Newer kernels list there only what cgroup v1 has.
  assert.equal(missingOn({ ...delegated, "proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\n" }), []);
});

test("cgroup v1: what the kernel has switched on, and what is mounted", () => {
  const on = (memory: number, mounted: readonly string[]) =>
    missingOn({ "proc/cgroups": v1({ memory }), "proc/self/mountinfo": mounts(mounted) });
  assert.equal(on(1, all), []);
  // Raspberry Pi OS before cgroup_enable=memory, which has no mount of it either.
  assert.equal(on(0, all), ["memory"]);
  assert.equal(on(1, ["cpuset", "cpu,cpuacct"]), ["memory", "pids"]);
});

test.run();
