import type { FileSystemSpace } from "@k3s-lab/host";
import { openLab } from "@k3s-lab/lab";
import { checkHost, noteOnDisk, refuseTooMuch } from "../src/check-host.js";
import { refuseFullDisk } from "../src/disk-room.js";
import { needs } from "../src/host-needs.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines check host");

const gib = 2 ** 30;
const disk = (size: number, available: number, freeInodes = 500_000): FileSystemSpace => ({
  size: size * gib,
  available: available * gib,
  inodes: 1_000_000,
  freeInodes,
});
const refuse = (space: FileSystemSpace) => refuseFullDisk("/var/lib/k3s-lab", space, three, "Make room.");
const three = { bytes: 3 * needs.machine.bytes, inodes: 3 * needs.machine.inodes };

test("a disk must keep the share below which pods are evicted", () => {
  assert.throws(
    () => refuse(disk(12, 0.5)),
    /^\/var\/lib\/k3s-lab: has 0\.5 GiB free \(4 %\), expected 3\.6 GiB: the machines take 3\.0 GiB, and below 5 % \(0\.6 GiB\) K3s evicts pods\. Make room/,
  );
  assert.throws(() => refuse(disk(200, 12)), /expected 13\.0 GiB/);
  assert.not.throws(() => refuse(disk(200, 13.5)));
});

test("a node is not given more than the host has", () => {
  const host = { memory: 8000, cpus: 4 };
  assert.not.throws(() => refuseTooMuch([{ name: "multi", memory: 8000, cpus: 4 }, { name: "agent1" }], host));
  assert.throws(
    () => refuseTooMuch([{ name: "agent1", memory: 8001 }], host),
    /^agent1: is given 8001 MB of memory, expected at most the 8000 MB of this host\. Give it less/,
  );
  assert.throws(
    () => refuseTooMuch([{ name: "agent1", cpus: 5 }], host),
    /^agent1: is given 5 processors, expected at most the 4 of this host\./,
  );
});

test("a disk must have files left, where it counts them", () => {
  assert.throws(() => refuse(disk(100, 80, 59_999)), /has 59999 inodes free, expected 60000/);
  assert.not.throws(() => refuse({ ...disk(100, 80, 0), inodes: 0 }));
});

test("a disk on which K3s will delete images is noted", async () => {
  const lab = await openLab("/nowhere/lab.yaml", { anyConfig: true });
  assert.is(noteOnDisk(lab, disk(1000, 200)), undefined);
  assert.match(noteOnDisk(lab, disk(1000, 150)) ?? "", /14 % of its disk remains free \(14\d\.\d GiB\); below 15 %/);
  const config = { ...lab.config, machines: { ...lab.config.machines, provider: "vagrant" as const } };
  assert.is(noteOnDisk({ ...lab, config }, disk(1000, 1)), undefined);
});

test("several servers are refused where their machines are no containers", async () => {
  const lab = await openLab("/nowhere/lab.yaml", { anyConfig: true });
  const node = { ...lab.config.nodes[0], role: "server" as const };
  const nodes = ["multi", "server2", "server3"].map((name) => ({ ...node, name }));
  const { machines } = lab.config;
  const vagrant = { ...machines.vagrant, provider: "libvirt" as const };
  const config = { ...lab.config, nodes, machines: { ...machines, vagrant, provider: "vagrant" as const } };
  assert.throws(
    () => checkHost({ ...lab, config }),
    /lab\.yaml: nodes: has several servers, and their machines are of libvirt\. .*machines\.provider: docker or lxc/,
  );
  checkHost({ ...lab, config: { ...config, machines: { ...machines, provider: "docker" } } });
});

test.run();
