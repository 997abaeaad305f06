import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { lxcConfig } from "../src/drivers/lxc/config.js";
import { decideMachines } from "../src/decide-machines.js";
import type { Machine, Machines } from "../src/machine.js";
import { nodeFiles } from "../src/node-files.js";
import { differences, type NodeFacts } from "../src/observe-node.js";
import { sharedStore } from "../src/places.js";
import { refuseOtherRoles } from "../src/refuse-roles.js";
import { sharingSection } from "../src/sections.js";
import { keepalivedFile, sharedIn, sharingFiles } from "../src/shared-address.js";
import { checkAddressesStep } from "../src/steps/check-addresses.js";
import type { Fleet } from "../src/steps/fleet.js";
import { agent1, labId, multi, wanted } from "./sample.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines: a shared address");

const server2: Machine = { ...multi, name: "server2", address: "10.76.0.12" };
const server3: Machine = { ...multi, name: "server3", address: "10.76.0.13" };
const three: Machines = { ...wanted, machines: [multi, server2, server3, agent1], sharedAddress: "10.76.0.14" };

test("each server may hold the address, and speaks to its peers alone", () => {
  const [check, config] = sharingFiles(server2, three);
  assert.is(config?.path, keepalivedFile);
  const text = config?.content ?? "";
  assert.match(text, "unicast_src_ip 10.76.0.12\n");
  assert.match(text, "unicast_peer {\n    10.76.0.10\n    10.76.0.13\n  }");
  assert.match(text, "    10.76.0.14/32\n");
  assert.match(text, `script "/bin/sh ${check?.path}"`);
  const priorities = [multi, server2, server3].map(
    (machine) => /priority (\d+)/.exec(sharingFiles(machine, three)[1]?.content ?? "")?.[1],
  );
  assert.is(new Set(priorities).size, 3, "no two of them claim it with the same right");
  assert.is(sharedIn(text), "10.76.0.14");
});

test("an agent, and the server of a lab that has one, hold none and have no such file", () => {
  assert.equal(sharingFiles(agent1, three), []);
  assert.equal(sharingFiles(multi, wanted), []);
  const paths = (machine: Machine, of: Machines) => nodeFiles(labId, machine, of).map(({ path }) => path);
  assert.ok(paths(multi, three).includes(keepalivedFile));
  assert.not.ok(paths(multi, wanted).includes(keepalivedFile));
});

test("the folder with the registry's images is in the servers, and in no agent", () => {
  const mounts = [
    { from: "/var/lib/k3s-lab/0123ab/registry", to: sharedStore, writable: true, onServers: true as const },
  ];
  const config = (machine: Machine) => lxcConfig({ labId, machine, lan: wanted.lan, rootfs: "/r", mounts });
  const entry = "lxc.mount.entry = /var/lib/k3s-lab/0123ab/registry var/lib/k3s-lab/registry none bind,create=dir 0 0";
  assert.match(config(multi), entry);
  assert.not.match(config(agent1), "registry");
});

const facts: NodeFacts = {
  link: "eth0",
  addresses: ["10.76.0.10/24"],
  defaultRoutes: [{ dst: "default", gateway: "10.76.0.1", dev: "eth0" }] as never,
  neighbours: [],
  resolvers: [],
  serviceManager: "systemd",
  files: new Map(),
  hosts: "",
};
const node = { ...multi, gateway: "10.76.0.1", resolvers: [], files: [] };

test("a server with the shared address is as it should be; any other address is not", () => {
  const both = { ...facts, addresses: ["10.76.0.10/24", "10.76.0.14/32"], isSharing: true };
  assert.equal(differences({ ...node, sharedAddress: "10.76.0.14" }, both), []);
  assert.equal(differences({ ...node, sharedAddress: "10.76.0.14" }, { ...facts, isSharing: true }), []);
  assert.equal(differences(node, both), ["set address 10.76.0.10/24 (seen: 10.76.0.10/24, 10.76.0.14/32)"]);
});

test("a server whose keepalived does not run is repaired", () => {
  assert.equal(differences({ ...node, sharedAddress: "10.76.0.14" }, { ...facts, isSharing: false }), [
    "start keepalived, which holds 10.76.0.14",
  ]);
  assert.is(sharingSection.parse("sharing\n"), true);
  assert.is(sharingSection.parse(""), false);
});

test("keepalived that waits for its turn while a machine boots is no fault; one that has stopped is", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-"));
  const script = readFileSync(sharingSection.file, "utf8").replaceAll("/run/", `${dir}/`);
  const enabled = join(dir, "enabled");
  const isSharing = async (state: string) => {
    writeFileSync(join(dir, "systemctl"), `#!/bin/sh\nprintf '${state}'\n`, { mode: 0o755 });
    const env = { PATH: `${dir}:${process.env.PATH}` };
    const args = ["-c", script, "sh", "keepalived", `printf '${state}'`, enabled];
    return sharingSection.parse((await run("sh", args, { env })).stdout);
  };
  try {
    mkdirSync(join(dir, "systemd/system"), { recursive: true });
    assert.is(await isSharing("ActiveState=active\\nJob=\\n"), true);
    assert.is(await isSharing("ActiveState=activating\\nJob=7\\n"), true);
    assert.is(await isSharing("ActiveState=inactive\\nJob=7\\n"), true);
    for (const state of ["inactive", "failed", "deactivating"])
      assert.is(await isSharing(`ActiveState=${state}\\nJob=\\n`), false, state);
    // OpenRC from here on.
    rmSync(join(dir, "systemd"), { recursive: true });
    const stopped = "service UnitFileState=enabled\\n";
    assert.is(await isSharing(`service ActiveState=active\\n${stopped}`), true);
    assert.is(await isSharing(stopped), false);
    mkdirSync(join(dir, "openrc/rc.starting"), { recursive: true });
    assert.is(await isSharing(""), false, "it would not start with its machine");
    writeFileSync(enabled, "");
    assert.is(await isSharing(stopped), true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("the LAN is asked for the shared address only while no server runs that may have it", () => {
  const lan = { kind: "bridge" as const, bridge: "br0", subnet: wanted.lan.subnet, seed: "s" };
  const step = checkAddressesStep({ wanted: { ...three, lan } } as unknown as Fleet);
  const plan = (running: readonly string[]) => {
    const seen = three.machines.map((machine) => ({
      machine,
      state: running.includes(machine.name) ? "running" : "absent",
      fitness: "fit",
    }));
    return (step.plan(seen) as readonly { readonly sentence: string }[]).map(({ sentence }) => sentence).join("");
  };
  assert.match(plan([]), "10.76.0.14");
  assert.not.match(plan(["server2"]), "10.76.0.14");
});

test("a node keeps its role, and several servers do not become one; five become three", () => {
  const refuse = (is: readonly Machine[], was: readonly Machine[]) => () => refuseOtherRoles("/lab/lab.yaml", is, was);
  assert.throws(
    refuse([multi, { ...agent1, role: "server" }, server2], [multi, agent1]),
    /^agent1: was made as an agent, and \/lab\/lab\.yaml has it as a server\. Give the server a name/,
  );
  assert.throws(refuse([multi], [multi, server2, server3]), /has one server, and the lab was made with 3/);
  const five = [multi, server2, server3, { ...multi, name: "s4" }, { ...multi, name: "s5" }];
  assert.not.throws(refuse([multi, server2, server3], five));
  assert.not.throws(refuse([multi, server2, server3], [multi]));
});

test("machines of several servers get the address that the network has for them", () => {
  const addresses = Object.fromEntries(three.machines.map(({ name, address }) => [name, address]));
  const nodes = three.machines.map(({ name, role }) => ({ name, role }));
  const config = {
    name: "l",
    nodes,
    machines: { provider: "lxc", mounts: [] },
    network: { hostAliases: [] },
    registry: { cache: [] },
  };
  const lab = { id: labId, file: "/lab/lab.yaml", config } as never;
  const network = { ...wanted, resolvers: [], addresses: { ...addresses, "(servers)": "10.76.0.14" } } as never;
  const made = decideMachines(lab, network);
  assert.is(made.sharedAddress, "10.76.0.14");
  assert.equal(made.mounts, [
    { from: `/var/lib/k3s-lab/${labId}/registry`, to: sharedStore, writable: true, onServers: true },
  ]);
});

test.run();
