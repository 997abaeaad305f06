import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCidr } from "@k3s-lab/ip";
import { LabState } from "@k3s-lab/lab";
import { type HostNetwork, hostNetworkRecord } from "../src/index.js";
import { network } from "./fixtures/networks.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network record");
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-record-"));
const state = new LabState(dir);
const file = state.path("hostNetwork");
test.after(() => rmSync(dir, { recursive: true }));

/** Writes a record as JSON, and reads it. */
function read(content: object): HostNetwork | undefined {
  writeFileSync(file, JSON.stringify(content));
  return state.read(hostNetworkRecord);
}

/** As version 1 wrote it. */
const older = {
  schema: 1,
  uplink: { name: "eth0", gateway: "192.168.1.1", networks: ["192.168.1.0/24"] },
  lan: { kind: "private", bridge: "k3slab-a1b2c3", subnet: "10.76.0.0/24" } as object,
  gateway: "10.76.0.1",
  resolvers: ["192.168.1.1"],
  addresses: { multi: "10.76.0.10" },
  podCidr: "10.42.0.0/16",
  serviceCidr: "10.43.0.0/16",
  clusterDns: "10.43.0.10",
};

test("networks are text in the file, and values once read", () => {
  state.write(hostNetworkRecord, network);
  assert.equal(JSON.parse(readFileSync(file, "utf8")), { ...older, routes: [], schema: 2 });
  assert.equal(state.read(hostNetworkRecord), network);
});

test("what version 1 wrote is read, with the names that its LAN has now", () => {
  assert.equal(read(older), network);
  const hosts = { hostAddress: "192.168.1.17", seed: "02:00:00:00:00:17" };
  const subnet = "192.168.1.0/24";
  assert.equal(read({ ...older, lan: { kind: "virtualbox", bridge: "en0", subnet, ...hosts } })?.lan, {
    kind: "virtualbox",
    interface: "en0",
    subnet: parseCidr(subnet),
    ...hosts,
  });
  const shim = { shim: "k3shim-a1b2c3", shimMac: "02:00:00:00:00:51" };
  assert.equal(read({ ...older, lan: { kind: "macvlan", uplink: "eth0", subnet, ...hosts, ...shim } })?.lan, {
    kind: "macvlan",
    parent: "eth0",
    subnet: parseCidr(subnet),
    ...hosts,
    ...shim,
  });
  const bridge = { kind: "bridge", bridge: "br0", seed: hosts.seed };
  assert.equal(read({ ...older, lan: { ...bridge, subnet } })?.lan, { ...bridge, subnet: parseCidr(subnet) });
});

test("text that is no network is refused by name", () => {
  assert.throws(() => read({ ...older, podCidr: "10.42" }), /podCidr: expected .*, seen "10\.42"\. Use the k3s-lab/);
  assert.throws(() => read({ ...older, lan: undefined }), /lan: expected .*\[LAB-CFG-009\]$/);
  assert.throws(() => read({ ...older, schema: 7 }), /has schema 7, expected 2.*\[LAB-CFG-010\]$/);
});

test.run();
