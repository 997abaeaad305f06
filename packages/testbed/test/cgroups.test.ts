import { joinGroups, mountHierarchies, readHierarchies } from "../src/cgroups.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed cgroups");

const hybrid = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,xattr,release_agent=/lib/agent,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0
cgroup /elsewhere/cpu cgroup rw,cpu 0 0
`;

test("the hierarchies of a host with v1 and v2", () => {
  assert.equal(readHierarchies(hybrid), [
    { path: "/sys/fs/cgroup/cpuset", version: 1, options: "cpuset" },
    { path: "/sys/fs/cgroup/cpu,cpuacct", version: 1, options: "cpu,cpuacct" },
    { path: "/sys/fs/cgroup/systemd", version: 1, options: "name=systemd" },
    { path: "/sys/fs/cgroup/unified", version: 2, options: "" },
  ]);
});

test("a new cpuset is given CPUs before a process joins it", () => {
  const lines = joinGroups(readHierarchies(hybrid), "x").split("\n");
  const given = lines.indexOf("cat /sys/fs/cgroup/cpuset/cpuset.cpus >/sys/fs/cgroup/cpuset/x/cpuset.cpus");
  assert.ok(given > 0 && given < lines.indexOf("echo $$ >/sys/fs/cgroup/cpuset/x/cgroup.procs"));
});

test("v1 hierarchies are mounted side by side; v2 alone is mounted at the top, with a leaf for processes", () => {
  assert.match(
    mountHierarchies(readHierarchies(hybrid)),
    "mount -t cgroup -o name=systemd cgroup /sys/fs/cgroup/systemd",
  );
  const alone = mountHierarchies(readHierarchies("cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"));
  assert.match(alone, /^mount -t cgroup2 cgroup2 \/sys\/fs\/cgroup\nmkdir .*init\.scope\n/);
});

test.run();
