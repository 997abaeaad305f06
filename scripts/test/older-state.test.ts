// A lab that was made before its records were values: each file of version 1, as that k3s-lab wrote it, is taken over.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterRecord } from "@k3s-lab/cluster";
import { type HostNetwork, hostNetworkRecord, lanLink } from "@k3s-lab/host-network";
import { LabState, type StateFile } from "@k3s-lab/lab";
import { machinesRecord } from "@k3s-lab/machines";
import { registryRecord } from "@k3s-lab/registry";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ state: LabState }>("state of an older k3s-lab");

test.before.each((context) => {
  context.state = new LabState(mkdtempSync(join(tmpdir(), "k3s-lab-older-")));
});
test.after.each(({ state }) => rmSync(state.dir, { recursive: true }));

const cidrs = { podCidr: "10.42.0.0/16", serviceCidr: "10.43.0.0/16", clusterDns: "10.43.0.10" };
const lan = { kind: "private", bridge: "k3slab-1b437b", subnet: "10.76.0.0/24" };
const reach = { gateway: "10.76.0.1", resolvers: ["192.0.2.53"] };
const hostNetwork = {
  schema: 1,
  uplink: { name: "eth0", gateway: "192.0.2.1", networks: ["192.0.2.0/24"] },
  lan,
  ...reach,
  addresses: { multi: "10.76.0.10" },
  ...cidrs,
};
const machine = { name: "multi", role: "server", address: "10.76.0.10", prefixLength: 24, mac: "02:a0:05:9f:17:cb" };
const machines = { schema: 1, driver: "lxc", machines: [{ ...machine, interface: "eth0" }], lan, ...reach };
const file = { name: "k3s", size: 76_853_432, sha256: "8caa", changed: 1_795_000_000_000 };
const release = { source: "modules", version: "v1.34.4+modules", folder: "/c", binary: file, archives: [file] };
const cluster = {
  schema: 1,
  ...release,
  asked: { source: "auto", version: "v1.34.4+k3s1", baseUrl: "https://github.com/k3s-io/k3s/releases/download" },
  sha256: "8caa",
  server: "https://10.76.0.10:6443",
  serverNode: "multi",
  kubeconfig: "/lab/.lab/kubeconfig",
  ...cidrs,
};
const registry = { schema: 1, name: "multi:5000", endpoint: "http://10.76.0.10:5000", node: "multi" };

/** Puts an older file in its place, reads it, and expects that it is the same once it was written again. */
function takeOver<Value extends object>(state: LabState, record: StateFile<Value>, content: object): Value {
  const path = state.path(record.file);
  writeFileSync(path, JSON.stringify(content));
  const value = state.read(record);
  if (value === undefined) throw new Error(`${record.file} was not read`);
  state.write(record, value);
  assert.is((JSON.parse(readFileSync(path, "utf8")) as { schema: number }).schema, record.version);
  assert.is(JSON.stringify(state.read(record)), JSON.stringify(value));
  return value;
}

test("the host's network", ({ state }) => {
  const network = takeOver(state, hostNetworkRecord, hostNetwork);
  assert.is(network.addresses.multi, "10.76.0.10");
  assert.is(String(network.lan.subnet), "10.76.0.0/24");
  assert.is(String(network.podCidr), "10.42.0.0/16");
});

for (const [own, link] of [
  [{ kind: "bridge", bridge: "br0" }, "br0"],
  [{ kind: "virtualbox", bridge: "wlan0", hostAddress: "192.168.1.10" }, "wlan0"],
  [
    { kind: "macvlan", uplink: "eth1", shim: "k3shim-1", shimMac: "02:00:00:00:00:01", hostAddress: "192.168.1.10" },
    "eth1",
  ],
] as const) {
  test(`a LAN of the host: ${own.kind}`, ({ state }) => {
    const content = { ...hostNetwork, lan: { ...own, subnet: "192.168.1.0/24", seed: "s" } };
    const network: HostNetwork = takeOver(state, hostNetworkRecord, content);
    assert.is(lanLink(network.lan), link);
  });
}

test("the machines", ({ state }) => {
  const value = takeOver(state, machinesRecord, machines);
  assert.equal(value.machines, [{ ...machine, interface: "eth0" }]);
  assert.is(String(value.lan.subnet), "10.76.0.0/24");
});

test("the cluster", ({ state }) => {
  const { source, server, serviceCidr } = takeOver(state, clusterRecord, cluster);
  assert.equal([source, server, String(serviceCidr)], ["modules", "https://10.76.0.10:6443", "10.43.0.0/16"]);
});

test("the registry", ({ state }) => {
  const { name, endpoint, node } = takeOver(state, registryRecord, registry);
  assert.equal([name, endpoint, node], ["multi:5000", "http://10.76.0.10:5000", "multi"]);
});

test("a version that is not known is refused by name", ({ state }) => {
  for (const record of [hostNetworkRecord, machinesRecord, clusterRecord, registryRecord]) {
    writeFileSync(state.path(record.file), JSON.stringify({ schema: 99 }));
    assert.throws(() => state.read<object>(record as StateFile<object>), /99.*\[LAB-CFG-010\]$/s);
  }
});

test.run();
