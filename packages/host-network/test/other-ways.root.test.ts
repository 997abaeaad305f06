import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { emulateHost, eventually, lan, rootOnly, type Vif, type World } from "@k3s-lab/testbed";
import { bridgeOf } from "../src/index.js";
import { type EmulatedLab, emulateLab, plugNode, plugServer, sendFromHost } from "./emulated-lab.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network other ways (root)");
const rootTest = rootOnly("host-network other ways (root)", test);

const first = "10.76.0.10";
const cannotConnect = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/m;

const sh = (world: World, script: string) => world.host.run("sh", ["-c", script]);
const write = (lab: EmulatedLab, yaml: string) => writeFileSync(join(lab.dir, "lab.yaml"), yaml);
const unroute = (lab: EmulatedLab) => `ip rule delete priority 1076 iif ${bridgeOf(lab.id)}`;

rootTest("nodes follow the host's routes: a second router of the LAN, and a card that lab.yaml names", async () => {
  await using world = await emulateHost({ forward: "docker" });
  await using lab = await emulateLab(world);
  await using _server = await plugServer(
    world,
    { name: "eth1", address: "172.20.0.9/24" },
    { address: "172.20.0.1/24", gateway: "172.20.0.9", port: 8080, behind: "10.30.0.1" },
  );
  await sh(world, "ip route add 10.20.0.0/16 via 192.168.77.254; ip route add 10.30.0.0/16 via 172.20.0.1");
  assert.is((await lab.up()).problem, undefined);
  await using node = await plugNode(world, bridgeOf(lab.id), first);

  const way = `ip route get 10.20.0.53 from ${first} iif ${bridgeOf(lab.id)}`;
  assert.match((await sh(world, way)).stdout, "via 192.168.77.254 dev lan0");
  assert.is.not((await node.connect("10.30.0.1", 8080)).trim(), "172.20.0.9", "no hardware is behind a veth");

  write(lab, "network: { routes: [{ interface: eth1, to: [10.30.0.0/16] }] }\n");
  const named = await lab.up();
  assert.ok(named.actions.some((sentence) => sentence.endsWith("only to lan0, to 10.30.0.0/16 by eth1")));
  assert.is((await node.connect("10.30.0.1", 8080)).trim(), "172.20.0.9");
  assert.equal((await lab.up()).actions, []);

  // With the guard alone, the interface leads to what is named, and nowhere else.
  await sh(world, unroute(lab));
  assert.is((await node.connect("10.30.0.1", 8080)).trim(), "172.20.0.9");
  assert.match(await node.connect("172.20.0.1", 8080), cannotConnect);

  await sh(world, "ip route replace 10.20.0.0/16 via 192.168.77.253");
  const moved = await lab.up();
  assert.match(moved.actions.join("\n"), "no longer 10.20.0.0/16 via 192.168.77.254 dev lan0 onlink");
  assert.match(moved.actions.join("\n"), "10.20.0.0/16 via 192.168.77.253 dev lan0 onlink");
  assert.equal((await lab.up()).actions, []);
});

/** A VPN of the company, in whose networks the cluster's own would be. */
const vpnNetworks = ["10.50.0.0/16", "10.40.0.0/13"];
const sent = ["10.50.0.1", "10.44.0.1", "10.42.3.4", "10.43.0.7", "10.51.0.1"];

rootTest("nodes reach a VPN's networks where lab.yaml names them, and never the cluster's", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  await lab.up();
  await using node = await plugNode(world, bridgeOf(lab.id), first);
  {
    await using vif = await world.host.connectVif({ name: "tun0", cidrs: [...vpnNetworks, "10.51.0.0/16"] });
    await sh(world, "ip address add 10.99.0.2/32 dev tun0");
    const unnamed = await lab.up();
    assert.equal(unnamed.actions, []);
    assert.match(
      unnamed.notes.join("\n"),
      "nodes do not reach what tun0 maps (10.40.0.0/13, 10.50.0.0/16, 10.51.0.0/16)",
    );
    assert.match(unnamed.notes.join("\n"), "npm run push -- docker://IMAGE");
    await node.send(...sent);
    assert.equal(await arrived(world, vif), []);

    write(lab, `network: { routes: [{ interface: tun0, to: [${vpnNetworks.join(", ")}] }] }\n`);
    assert.is((await lab.up()).problem, undefined);
    assert.equal((await lab.up()).actions, []);
    const expected = sent.slice(0, 2);
    await node.send(...sent);
    assert.equal(await arrived(world, vif), expected);
    await sh(world, `nft delete table inet k3s_lab_${lab.id}_guard`);
    await node.send(...sent);
    assert.equal(await arrived(world, vif), [...expected, ...expected], "by the lab's own table alone");
    await lab.up();
    await sh(world, unroute(lab));
    await node.send(...sent);
    assert.equal((await arrived(world, vif)).slice(4), expected, "by the guard alone");
    await lab.up();
  }
  await eventually("tun0 is gone", async () => !(await world.host.run("ip", ["link"])).stdout.includes("tun0"), {
    within: 5_000,
  });
  const disconnected = await lab.up();
  assert.is(disconnected.problem, undefined);
  assert.match(disconnected.notes.join("\n"), "nodes do not reach 10.50.0.0/16, 10.40.0.0/13: tun0, which");
  assert.equal((await lab.up()).actions, []);
  {
    await using _vif = await world.host.connectVif({ name: "tun0", cidrs: ["10.43.0.0/16"] });
    const refused = await lab.up();
    assert.is(refused.exitCode, 2);
    assert.match(
      refused.problem ?? "",
      "network.routes.0.interface: tun0 leads to 10.43.0.0/16, which is this lab itself",
    );
  }
});

/** The control comes last and through the same wire: what was sent before has arrived by then, or never will. */
async function arrived(world: World, vif: Vif): Promise<readonly string[]> {
  const control = "10.47.9.9";
  const before = vif.packets.filter(({ destination }) => destination === control).length;
  await sendFromHost(world, control);
  const count = () => vif.packets.filter(({ destination }) => destination === control).length;
  await eventually("the control arrives", () => count() > before, { within: 5_000 });
  return vif.packets.map(({ destination }) => destination).filter((destination) => destination !== control);
}

/** As Docker publishes ports: a bridge of containers, and a translation for what is addressed to the host. */
const publish = (port: number, to: string) =>
  `nft add rule ip docker pre fib daddr type local tcp dport ${port} dnat to ${to}`;
const containerBridge = (name: string, address: string) =>
  `ip link add ${name} type bridge; ip address add ${address} dev ${name}; ip link set ${name} up`;

rootTest(
  "a port that the host publishes from a container answers a node; one that leads into a VIF is refused",
  async () => {
    await using world = await emulateHost({ forward: "docker" });
    await using lab = await emulateLab(world);
    await sh(world, containerBridge("br-app", "172.18.0.1/16"));
    const strict = "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 >$f; done";
    await sh(
      world,
      `nft add table ip docker; nft 'add chain ip docker pre { type nat hook prerouting priority dstnat; }'`,
    );
    await sh(
      world,
      `${strict}; ${publish(5432, "172.18.0.2")}; ${publish(5433, "10.43.0.9")}; ${publish(5434, "10.50.0.9")}`,
    );
    await using _app = await plugServer(
      world,
      { name: "vethapp", bridge: "br-app", address: "" },
      { address: "172.18.0.2/16", gateway: "172.18.0.1", port: 5432 },
    );
    assert.is((await lab.up()).problem, undefined);
    assert.equal((await lab.up()).actions, []);
    await using node = await plugNode(world, bridgeOf(lab.id), first);
    assert.is((await node.connect("10.76.0.1", 5432)).trim(), first);
    assert.is((await node.connect(lan.hostAddress, 5432)).trim(), first);
    assert.match(
      await node.connect("172.18.0.2", 5432),
      /^(EHOSTUNREACH|ENETUNREACH|ECONNREFUSED|silence)/,
      "not published",
    );

    // A network of containers that was made since.
    await sh(world, `${containerBridge("br-new", "172.19.0.1/16")}; ${publish(5435, "172.19.0.2:5432")}`);
    await using _new = await plugServer(
      world,
      { name: "vethnew", bridge: "br-new", address: "" },
      { address: "172.19.0.2/16", gateway: "172.19.0.1", port: 5432 },
    );
    await sh(world, strict);
    assert.is((await node.connect("10.76.0.1", 5435)).trim(), first);
    assert.equal((await lab.up()).actions, []);

    await using vif = await world.host.connectVif({ cidrs: ["10.43.0.0/16", "10.50.0.0/16"] });
    assert.match(await node.connect("10.76.0.1", 5433), cannotConnect, "5433");
    assert.match(await node.connect("10.76.0.1", 5434), cannotConnect, "5434");
    assert.match(await node.connect("10.76.0.1", 5436), cannotConnect, "nothing listens there");
    assert.equal(
      vif.packets.filter(({ port }) => port === 5433 || port === 5434),
      [],
    );
  },
);

test.run();
