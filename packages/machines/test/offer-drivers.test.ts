import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DriverFacts, offerDrivers } from "../src/index.js";

const test = suite("machines offer-drivers");

/** A Linux host of root's with everything. */
const all: DriverFacts = {
  platform: "linux",
  isRoot: true,
  hasApt: true,
  missing: { lxc: [], virtualbox: [], libvirt: [] },
  missingControllers: [],
  hasVirtualBox: true,
  kvm: undefined,
  canTryKvm: true,
  docker: undefined,
};
const lxc = { name: "lxc-start", package: "lxc", why: "runs the machines" };
const vagrant = { name: "vagrant", package: "vagrant", why: "makes the machines" };

/** Returns one driver's offer. */
function offer(provider: string, facts: Partial<DriverFacts>) {
  return offerDrivers({ ...all, ...facts }).find((each) => each.provider === provider);
}

/** Returns the drivers that work. */
function working(facts: Partial<DriverFacts>): readonly string[] {
  return offerDrivers({ ...all, ...facts }).flatMap(({ provider, obstacles }) =>
    obstacles.length === 0 ? [provider] : [],
  );
}

test("a host with everything can do everything", () => {
  assert.equal(working({}), ["lxc", "docker", "virtualbox", "libvirt"]);
});

test("what lab:up installs is no obstacle, and is named", () => {
  assert.equal(offer("lxc", { missing: { ...all.missing, lxc: [lxc] } })?.installs, ["lxc"]);
  const without = offer("lxc", { missing: { ...all.missing, lxc: [lxc] }, hasApt: false });
  assert.equal(without?.obstacles, ["lxc-start is not installed (runs the machines)"]);
});

test("another user than root has containers by sudo, and installs nothing for virtual machines", () => {
  const missing = { lxc: [lxc], virtualbox: [vagrant], libvirt: [vagrant] };
  const user = { isRoot: false, missing };
  assert.equal([offer("lxc", user)?.asRoot, offer("lxc", user)?.installs], [true, ["lxc"]]);
  assert.equal(offer("virtualbox", user)?.obstacles, ["vagrant is not installed (makes the machines)"]);
  assert.is(offer("lxc", {})?.asRoot, false);
});

test("each obstacle is told", () => {
  assert.equal(working({ docker: "no Docker daemon answers" }), ["lxc", "virtualbox", "libvirt"]);
  assert.equal(working({ hasVirtualBox: false }), ["lxc", "docker", "libvirt"]);
  assert.equal(working({ kvm: "there is no /dev/kvm" }), ["lxc", "docker", "virtualbox"]);
  assert.equal(working({ missingControllers: ["memory"] }), ["virtualbox", "libvirt"]);
  assert.equal(offer("lxc", { missingControllers: ["memory"] })?.obstacles, [
    "the kernel lacks the cgroup controller memory",
  ]);
});

test("elsewhere than on Linux there are Docker and VirtualBox", () => {
  assert.equal(working({ platform: "darwin", isRoot: false, hasApt: false }), ["docker", "virtualbox"]);
  assert.equal(offer("lxc", { platform: "darwin" })?.obstacles, ["it needs Linux, and this host is darwin"]);
});

test("that KVM could not be tried is told", () => {
  assert.match(offer("libvirt", { canTryKvm: false })?.unproven ?? "", /^whether KVM works/);
  assert.is(offer("libvirt", {})?.unproven, undefined);
});

test.run();
