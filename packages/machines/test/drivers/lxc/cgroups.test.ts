import { cgroupMounts, initCgroups } from "../../../src/drivers/lxc/cgroups.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines lxc cgroups");

test("finds the one hierarchy of a host of today", () => {
  const mountinfo = `24 1 0:22 / /sys rw - sysfs sysfs rw
30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate`;
  assert.equal(cgroupMounts(mountinfo), ["/sys/fs/cgroup"]);
});

test("finds every hierarchy of a hybrid host once, and no other mount", () => {
  const mountinfo = `30 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro
31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
32 30 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
33 30 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
34 30 0:29 / /elsewhere/cpu rw - cgroup cgroup rw,cpu`;
  assert.equal(cgroupMounts(mountinfo), ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids"]);
});

test("LXC makes its groups below those of process 1, without systemd's own", () => {
  assert.equal(initCgroups("0::/init.scope\n"), [""]);
  assert.equal(initCgroups("4:memory:/sandbox/x\n1:cpu:/\n0::/\n"), ["", "/sandbox/x"]);
});

test.run();
