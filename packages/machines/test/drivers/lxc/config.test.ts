import { parseCidr } from "@k3s-lab/ip";
import { lxcConfig, machineOfCgroup, monitorCgroup, rootfsOf } from "../../../src/drivers/lxc/config.js";
import { isConfigured } from "../../../src/drivers/lxc/fitness.js";
import { labId, multi } from "../../sample.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines lxc config");

const rootfs = "/var/lib/k3s-lab/rootfs/abc";
const lan = { kind: "private" as const, bridge: "lab0", subnet: parseCidr("10.76.0.0/24") };
const config = lxcConfig({ labId, machine: multi, lan, rootfs });
const value = (key: string, text = config) =>
  new RegExp(`^lxc\\.${key.replaceAll(".", "\\.")} = (.*)$`, "m").exec(text)?.[1];

test("a machine hangs on the bridge with the card that it was given", () => {
  assert.is(value("net.0.link"), "lab0");
  assert.is(value("net.0.hwaddr"), multi.mac);
  assert.is(value("net.0.name"), "eth0");
});

test("on the host's LAN it is a port of the host's bridge, or a further MAC address on the host's interface", () => {
  const shared = { subnet: parseCidr("192.168.1.0/24"), seed: "02:00:00:00:00:01" };
  const bridged = lxcConfig({ labId, machine: multi, lan: { kind: "bridge", bridge: "br0", ...shared }, rootfs });
  assert.equal([value("net.0.type", bridged), value("net.0.link", bridged)], ["veth", "br0"]);
  const own = { parent: "eth0", shim: "k3shim-0123ab", shimMac: "02:00:00:00:00:02", hostAddress: "192.168.1.17" };
  const macvlan = lxcConfig({ labId, machine: multi, lan: { kind: "macvlan", ...own, ...shared }, rootfs });
  assert.equal([value("net.0.type", macvlan), value("net.0.link", macvlan)], ["macvlan", "eth0"]);
  assert.is(value("net.0.macvlan.mode", macvlan), "bridge");
  assert.is(value("net.0.veth.pair", macvlan), undefined);
  assert.is(value("net.0.hwaddr", macvlan), multi.mac);
});

test("its root file system is an overlay over the shared one", () => {
  assert.is(value("rootfs.path"), `overlay:${rootfs}:/var/lib/k3s-lab/${labId}/machines/multi/upper`);
  assert.is(rootfsOf(config), rootfs);
  assert.is(rootfsOf(""), undefined);
});

test("containerd and kubelet get real directories, and the host's sysctls stay out of reach", () => {
  assert.match(config, /machines\/multi\/data\/rancher var\/lib\/rancher none bind/);
  assert.match(config, /machines\/multi\/data\/kubelet var\/lib\/kubelet none bind/);
  assert.match(config, /sysctls\/kernel\.panic proc\/sys\/kernel\/panic none bind/);
});

test("folders of the host are read-only unless they are writable, whatever their names", () => {
  const mounts = [
    { from: "/home/ann/my src", to: "/src", writable: false },
    { from: "/data", to: "/srv/data", writable: true },
  ];
  const text = lxcConfig({ labId, machine: multi, lan, rootfs, mounts });
  assert.match(text, "lxc.mount.entry = /home/ann/my\\040src src none bind,create=dir,ro 0 0\n");
  assert.match(text, "lxc.mount.entry = /data srv/data none bind,create=dir 0 0\n");
  assert.not.ok(
    isConfigured(config, { labId, machine: multi, lan, mounts }),
    "a change is for the machine's next start",
  );
});

test("its cgroups are those of its lab", () => {
  assert.is(value("cgroup.dir.container"), `k3s-lab-${labId}/multi`);
  assert.is(value("cgroup.dir.monitor"), `k3s-lab-${labId}/monitor.multi`);
  assert.is(machineOfCgroup("multi"), "multi");
  assert.is(machineOfCgroup(monitorCgroup("multi")), "multi");
  assert.is(machineOfCgroup("lxc.pivot"), undefined);
});

test("a configuration is today's whatever root file system it was made on", () => {
  const today = { labId, machine: multi, lan };
  assert.ok(isConfigured(config, today));
  assert.ok(isConfigured(lxcConfig({ ...today, rootfs: "/var/lib/k3s-lab/rootfs/older" }), today));
  assert.not.ok(isConfigured(config, { ...today, lan: { ...lan, bridge: "lab1" } }));
  assert.not.ok(isConfigured(config, { ...today, machine: { ...multi, mac: "02:00:00:00:00:99" } }));
  assert.not.ok(isConfigured(undefined, today));
});

test.run();
