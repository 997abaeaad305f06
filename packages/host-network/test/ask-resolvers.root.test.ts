import { fileURLToPath } from "node:url";
import { emulateHost, rootOnly, type World } from "@k3s-lab/testbed";
import { askCable, bridgeOf } from "../src/names.js";
import { type EmulatedLab, emulateLab, plugNode } from "./emulated-lab.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network ask resolvers (root)");
const rootTest = rootOnly("host-network ask resolvers (root)", test);

const name = "registry-1.docker.io";
const names = { [name]: "192.0.2.80" };
/** On the seed's LAN: a server before a login page, or of a VPN, which has the same answer to everything. */
const captive = "192.168.1.112";
const silent = "192.168.1.113";
const router = "192.168.1.1";
const internet = "8.8.8.8";

const built = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));
const picking = `
import { openLab } from "@k3s-lab/lab";
import { Facts } from "@k3s-lab/steps";
import { pickResolvers, readHostNetwork } from ${JSON.stringify(built("index.js"))};
const lab = await openLab(process.env.K3S_LAB_CONFIG);
const notes = [];
const note = (message) => notes.push(message);
const network = readHostNetwork(lab);
const before = performance.now();
const { resolvers } = await pickResolvers({ lab, network, known: undefined, mayAsk: true, note, assume() {}, facts: new Facts() });
console.log(JSON.stringify({ resolvers, notes, ms: performance.now() - before }));`;

interface Picked {
  readonly resolvers: readonly string[];
  readonly notes: readonly string[];
  readonly ms: number;
}

/** Brings up the host's side of a lab on a host that asks these, and picks the nodes' resolvers. */
async function pick(world: World, lab: EmulatedLab, ...nameservers: readonly string[]): Promise<Picked> {
  const text = nameservers.map((address) => `nameserver ${address}\n`).join("");
  await world.host.run("sh", ["-c", "cat >/etc/resolv.conf"], { input: text });
  assert.is((await lab.up()).problem, undefined);
  const env = { K3S_LAB_CONFIG: `${lab.dir}/lab.yaml` };
  const { stdout } = await world.host.run(process.execPath, ["--input-type=module", "-e", picking], { env });
  return JSON.parse(stdout) as Picked;
}

rootTest(
  "nodes ask who knows a name, by the lab's own routes, whatever else answers and whatever a VPN maps",
  async () => {
    await using world = await emulateHost({ lan: "seed", names });
    await using lab = await emulateLab(world);
    const { neighbour, host } = world;
    const stop = new AbortController();
    const deny = neighbour?.run(process.execPath, ["-e", denial], { signal: stop.signal }).catch(() => {});
    try {
      const first = await pick(world, lab, captive);
      assert.equal(first.resolvers, [router]);
      assert.equal(first.notes, [`nodes ask ${router} for names: ${captive} answers NXDOMAIN`]);
      assert.equal((await pick(world, lab, silent)).notes, [
        `nodes ask ${router} for names: ${silent} does not answer`,
      ]);
      assert.equal(
        await pick(world, lab, silent, internet).then(({ resolvers }) => resolvers),
        [internet],
        "no dead one first",
      );
      // A full tunnel, and a network of the internet in the main table.
      await using vif = await host.connectVif({
        cidrs: ["0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/8", "100.100.100.100/32"],
      });
      const tunnelled = await pick(world, lab, internet);
      assert.equal([tunnelled.resolvers, tunnelled.notes], [[internet], []]);
      assert.equal((await pick(world, lab, "100.100.100.100")).resolvers, [router], "Tailscale's alone");
      assert.equal(
        vif.packets.filter(({ destination }) => destination === internet),
        [],
        "no question left by the VPN",
      );
      assert.not.match((await host.run("ip", ["link"])).stdout, askCable(lab.id));
      await using node = await plugNode(world, bridgeOf(lab.id), "10.76.0.10");
      assert.is(await node.lookup(router, name), "192.0.2.80", "as a node asks");
    } finally {
      stop.abort();
      await deny;
    }
  },
);

rootTest(
  "where no server knows the name, that is reported within seconds, and nodes keep the host's servers",
  async () => {
    await using world = await emulateHost();
    await using lab = await emulateLab(world);
    const { resolvers, notes, ms } = await pick(world, lab, "192.168.77.1", "192.168.77.99");
    assert.equal(resolvers, ["192.168.77.1", "192.168.77.99"]);
    assert.equal(notes, [
      `no server that nodes can ask knows ${name} or github.com: 192.168.77.1 answers NXDOMAIN, 192.168.77.99 does not answer. If another server does, write network.nameservers: [ADDRESS] in lab.yaml.`,
    ]);
    assert.ok(ms < 6_000, `took ${ms} ms`);
  },
);

rootTest("on the host's own LAN the host asks for its nodes, but not what its packets reach by a VPN", async () => {
  await using world = await emulateHost({ lan: "seed", names });
  await using lab = await emulateLab(world, "network: { mode: bridged, addresses: 192.168.1.200-192.168.1.220 }\n");
  const { neighbour } = world;
  const stop = new AbortController();
  const deny = neighbour?.run(process.execPath, ["-e", denial], { signal: stop.signal }).catch(() => {});
  try {
    assert.equal((await pick(world, lab, captive)).resolvers, [router]);
    await using vif = await world.host.connectVif({ cidrs: ["0.0.0.0/1", "128.0.0.0/1"] });
    assert.equal((await pick(world, lab, internet)).resolvers, [internet]);
    assert.equal(
      vif.packets.filter(({ destination }) => destination === internet),
      [],
    );
  } finally {
    stop.abort();
    await deny;
  }
});

const denial = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (query, from) => {
  const answer = Buffer.from(query);
  answer.writeUInt16BE(0x8183, 2);
  socket.send(answer, from.port, from.address);
});
socket.bind(53);`;

test.run();
