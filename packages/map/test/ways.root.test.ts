// What the map says of a request is what becomes of it: on an emulated host, whose VIF counts what enters it.
import { fileURLToPath } from "node:url";
import { emulateHost, eventually, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateLab, plugNode } from "../../host-network/test/emulated-lab.js";
import { buildTopology } from "../src/build-topology.js";
import type { Observed } from "../src/index.js";
import { guarding, unguarded } from "./fixtures/labs.js";

const test = suite("map: ways in the world (root)");
const rootTest = rootOnly("map: ways in the world (root)", test);
const built = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../${path}`, import.meta.url)));

/** Looks as the command does, on the host that it runs on. */
const look = `
import { findConfig, openLab } from "@k3s-lab/lab";
import { readRuleset } from "@k3s-lab/guard";
import { probeHost, readHostNetwork } from ${built("host-network/dist/index.js")};
import { askKernel } from ${built("map/dist/index.js")};
const lab = await openLab(findConfig(undefined));
const network = readHostNetwork(lab);
const { tables } = await readRuleset();
console.log(JSON.stringify({
  host: { ...await probeHost(), hostName: "host", forwarding: "1", guarded: tables.some(({ table }) => table.endsWith("_guard")) },
  answers: await askKernel(network, new AbortController().signal),
}));`;

rootTest("where the map cuts it, nothing enters the VIF; where the map loops it, it does", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(
    world,
    "nodes: [{ name: multi, role: server, address: 10.76.0.10 }]\nnetwork: { subnet: 10.76.0.0/24 }\n",
  );
  const { exitCode, problem } = await lab.up();
  assert.is(exitCode, 0, problem);
  await using vif = await world.host.connectVif({ cidrs: ["10.42.0.0/16", "10.43.0.0/16"] });
  await using node = await plugNode(world, `k3slab-${lab.id}`, "10.76.0.10");
  const { readHostNetwork } = await import("@k3s-lab/host-network");
  const { openLab } = await import("@k3s-lab/lab");
  const network = readHostNetwork(await openLab(`${lab.dir}/lab.yaml`));

  /** Draws the host as it is now, with a node that has no guard: a plain network stands in for it. */
  const wayNow = async (id: string, guard = unguarded) => {
    const env = { K3S_LAB_CONFIG: `${lab.dir}/lab.yaml` };
    const { stdout } = await world.host.run(process.execPath, ["--input-type=module", "-e", look], { env });
    const seen = JSON.parse(stdout) as Pick<Observed, "host" | "answers">;
    const { ways } = buildTopology({
      name: "test",
      at: new Date(0),
      state: "up",
      ...seen,
      network,
      nodes: [{ name: "multi", role: "server", address: node.address, machine: "running", ready: true, guard }],
    });
    const way = ways.find((each) => each.id === id);
    return `${way?.verdict} at ${way?.stops.at(-1)?.at}`;
  };
  /** How many packets for the address have entered the VIF from the node. */
  const entered = () => vif.packets.filter(({ destination }) => destination === "10.43.1.0").length;
  const send = async () => {
    const before = entered();
    await node.send("10.43.1.0");
    // What comes later than a packet of the host's own does not come.
    const marks = vif.packets.filter(({ destination }) => destination === "10.43.2.2").length;
    await world.host.run("bash", ["-c", "echo x >/dev/udp/10.43.2.2/9"]);
    await eventually(
      "the mark in the VIF",
      async () => vif.packets.filter(({ destination }) => destination === "10.43.2.2").length > marks,
    );
    return entered() - before;
  };

  assert.is(await wayNow("pod-unserved"), "cut at table");
  assert.is(await wayNow("pod-unserved", guarding), "cut at guard multi");
  assert.is(await wayNow("host-served"), "answered at pods multi");
  assert.is(await wayNow("pod-outside"), "left at router");
  assert.is(await send(), 0);

  const rules = (await world.host.run("sh", ["-c", `ip rule | grep k3slab | sed 's/:.*//'`])).stdout.trim().split("\n");
  for (const priority of rules) await world.host.run("ip", ["rule", "delete", "priority", priority]);
  assert.is(await wayNow("pod-unserved"), "cut at host-guard");
  assert.is(await send(), 0);

  await world.host.run("nft", ["delete", "table", "inet", `k3s_lab_${lab.id}_guard`]);
  assert.is(await wayNow("pod-unserved"), "loops at pods multi");
  assert.is(await send(), 1);

  await vif[Symbol.asyncDispose]();
  assert.is(await wayNow("pod-unserved"), "left at router");
  assert.is(await wayNow("host-unserved"), "left at router");
});

test.run();
