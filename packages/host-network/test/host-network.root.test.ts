import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  diffSnapshots,
  emulateHost,
  lan,
  snapshotHost,
  type Vif,
  type World,
  eventually,
  rootOnly,
} from "@k3s-lab/testbed";
import { bridgeOf } from "../src/index.js";
import { natTable, routingTable } from "../src/names.js";
import { type EmulatedLab, emulateLab, plugNode, sendFromHost } from "./emulated-lab.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network (root)");
const rootTest = rootOnly("host-network (root)", test);

/** What VPNs and Telepresence map: the cluster, and everything by two halves. */
const cidrs = ["10.42.0.0/16", "10.43.0.0/16", "0.0.0.0/1", "128.0.0.0/1"];
const dangerous = ["10.43.0.7", "10.42.3.4", "203.0.113.9", "198.51.100.1"];
const first = "10.76.0.10";

/** Only what belongs to this host and lab: others work on the real host at the same time. */
async function snapshot(world: World, lab: EmulatedLab) {
  return snapshotHost({ run: world.host.run, only: { files: new RegExp(lab.id), sysctls: /^net\/ipv[46]\// } });
}

/** The control comes last and through the same wire: what was sent before has arrived by then, or never will. */
async function arrivedFromNodes(world: World, vif: Vif): Promise<readonly string[]> {
  const control = () => vif.packets.filter(({ source, destination }) => isControl(source, destination)).length;
  const before = control();
  await sendFromHost(world, "10.43.9.9");
  await eventually("a request arrives", () => control() > before, { within: 5_000 });
  return vif.packets.filter((packet) => !isControl(packet.source, packet.destination)).map((it) => it.destination);
}

function isControl(source: string, destination: string): boolean {
  return source === lan.hostAddress || destination === "10.43.9.9";
}

async function routeOf(world: World, lab: EmulatedLab, address: string): Promise<string> {
  const args = ["route", "get", address, "from", first, "iif", bridgeOf(lab.id)];
  const { stdout, stderr } = await world.host.run("ip", args, { answers: "any" });
  return stdout || stderr;
}

rootTest("a node reaches the router as the host, and never a VIF that maps all there is", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  const before = await snapshot(world, lab);
  assert.is((await lab.up()).exitCode, 0);
  {
    await using node = await plugNode(world, bridgeOf(lab.id), first);
    await using vif = await world.host.connectVif({ cidrs });
    assert.equal((await lab.up()).actions, [], "Telepresence connected to this lab changes nothing");
    await world.router?.run("nft", ["-f", "-"], { input: counters });
    assert.is(await node.lookup(), lan.routerAddress);
    await node.send(...dangerous);
    assert.equal(await arrivedFromNodes(world, vif), []);
    assert.match(await routeOf(world, lab, "203.0.113.9"), `via ${lan.routerAddress} dev ${lan.uplink}`);
    assert.match(await routeOf(world, lab, lan.routerAddress), `${lan.routerAddress} from ${first} dev ${lan.uplink}`);
    assert.match(await routeOf(world, lab, "10.43.0.7"), "No route to host");
    const counted = (await world.router?.run("nft", ["list", "table", "ip", "count"]))?.stdout ?? "";
    assert.match(counted, /ip saddr 10\.76\.0\.0\/24 counter packets 0 /);
    assert.match(counted, /ip saddr 192\.168\.77\.10 udp dport 53 counter packets [1-9]/);
    assert.match(counted, /ip saddr 192\.168\.77\.10 udp dport 9 counter packets 2 /);
  }
  await eventually(
    "tel0 is gone",
    async () => (await world.host.run("ip", ["link"])).stdout.includes("tel0") === false,
    { within: 5_000 },
  );
  await lab.down();
  assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
});

const counters = `table ip count {
  chain prerouting {
    type filter hook prerouting priority -300;
    ip saddr 10.76.0.0/24 counter
    ip saddr 192.168.77.10 udp dport 53 counter
    ip saddr 192.168.77.10 udp dport 9 counter
  }
}
`;

rootTest("the routes alone and the guard alone keep lab traffic out of a VIF", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  await lab.up();
  await using node = await plugNode(world, bridgeOf(lab.id), first);
  await using vif = await world.host.connectVif({ cidrs });
  const unguard = () => world.host.run("nft", ["delete", "table", "inet", `k3s_lab_${lab.id}_guard`]);
  const unroute = () => world.host.run("ip", ["rule", "delete", "priority", "1076", "iif", bridgeOf(lab.id)]);

  await unguard();
  await node.send(...dangerous);
  assert.equal(await arrivedFromNodes(world, vif), []);
  assert.is((await lab.up()).actions.length, 1);

  await unroute();
  await node.send(...dangerous);
  assert.equal(await arrivedFromNodes(world, vif), []);

  await unguard();
  await node.send(...dangerous);
  assert.equal(await arrivedFromNodes(world, vif), dangerous, "without both, the test would see it");

  assert.is((await lab.up()).actions.length, 2);
  await node.send(...dangerous);
  assert.equal(await arrivedFromNodes(world, vif), dangerous);
});

rootTest("an uplink that flaps leaks nothing, and the next lab:up heals", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  await lab.up();
  await using node = await plugNode(world, bridgeOf(lab.id), first);
  await using vif = await world.host.connectVif({ cidrs });

  await world.host.uplinkDown();
  await world.host.run("nft", ["delete", "table", "inet", `k3s_lab_${lab.id}_guard`]);
  await node.send(...dangerous);
  assert.equal(await arrivedFromNodes(world, vif), [], "by the routes alone");
  assert.match(await routeOf(world, lab, "203.0.113.9"), "No route to host");

  const without = await lab.up();
  assert.is(without.exitCode, 0);
  assert.equal((await lab.up()).actions, []);
  await node.send(...dangerous);
  assert.equal(await arrivedFromNodes(world, vif), []);

  await world.host.uplinkUp();
  await node.send(...dangerous);
  assert.equal(await arrivedFromNodes(world, vif), []);
  const healed = await lab.up();
  assert.equal(
    healed.actions.map((sentence) => sentence.split(" ").slice(0, 3).join(" ")),
    ["host: guard: let", "host: translate 10.76.0.0/24", "host: route what"],
  );
  assert.is(await node.lookup(), lan.routerAddress);
  assert.equal((await lab.up()).actions, []);
});

rootTest(
  "a VPN with everything in a table before the main one, and strict source checks, are no hindrance",
  async () => {
    await using world = await emulateHost();
    await using lab = await emulateLab(world);
    await lab.up();
    await using node = await plugNode(world, bridgeOf(lab.id), first);
    await using vif = await world.host.connectVif({ name: "tailscale0", cidrs: [] });
    // As Tailscale does with an exit node, on a host that checks sources strictly.
    const exit = "ip route add default dev tailscale0 table 52; ip rule add priority 5270 lookup 52";
    const strict = "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 >$f; done";
    await world.host.run("sh", ["-c", `${exit}; ${strict}`]);
    assert.equal((await lab.up()).actions, []);
    assert.is(await node.lookup(), lan.routerAddress);
    const { stdout } = await world.host.run("ip", ["route", "get", first]);
    assert.match(stdout, `dev ${bridgeOf(lab.id)}`);
    assert.equal(
      vif.packets.filter(({ source }) => source.startsWith("10.76.")),
      [],
    );
  },
);

rootTest("a new gateway changes one route", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  await lab.up();
  await world.host.run("ip", ["route", "replace", "default", "via", "192.168.77.2", "dev", lan.uplink]);
  const { actions } = await lab.up();
  assert.is(actions.length, 1);
  assert.match(await routeOf(world, lab, "203.0.113.9"), "via 192.168.77.2");
  assert.equal((await lab.up()).actions, []);
});

rootTest("without an uplink nodes have each other, and nothing leaks", async () => {
  await using world = await emulateHost({ uplink: false });
  await using lab = await emulateLab(world);
  const before = await snapshot(world, lab);
  assert.is((await lab.up()).exitCode, 0);
  assert.equal((await lab.up()).actions, []);
  {
    await using node = await plugNode(world, bridgeOf(lab.id), first);
    await using other = await plugNode(world, bridgeOf(lab.id), "10.76.0.11");
    await using vif = await world.host.connectVif({ cidrs });
    assert.is(await node.tell(other), first);
    await node.send(...dangerous);
    assert.equal(await arrivedFromNodes(world, vif), []);
  }
  await eventually(
    "tel0 and port1 are gone",
    async () => !/tel0|port1/.test((await world.host.run("ip", ["link"])).stdout),
    { within: 5_000 },
  );
  await lab.down();
  assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
});

const droppers = [
  ["accept", undefined],
  ["iptables-drop", ["iptables", "-F", "FORWARD"]],
  ["docker", ["iptables", "-F", "DOCKER-USER"]],
  ["nft-drop", ["nft", "flush", "chain", "inet", "filter", "forward"]],
] as const;

for (const [forward, close] of droppers) {
  rootTest(`a host whose FORWARD is ${forward} lets lab traffic through, and is left as it was`, async () => {
    await using world = await emulateHost({ forward });
    await using lab = await emulateLab(world);
    const before = await snapshot(world, lab);
    await lab.up();
    assert.equal((await lab.up()).actions, []);
    {
      await using node = await plugNode(world, bridgeOf(lab.id), first);
      await using other = await plugNode(world, bridgeOf(lab.id), "10.76.0.11");
      assert.is(await node.lookup(), lan.routerAddress);
      assert.is(await node.tell(other), first);
      if (close) {
        const [program, ...args] = close;
        await world.host.run(program, args);
        assert.is.not(await node.lookup(), lan.routerAddress, "the accepts are what lets it through");
        assert.is((await lab.up()).actions.length, 1);
        assert.is(await node.lookup(), lan.routerAddress);
        if (forward === "docker") await world.host.run("iptables", ["-A", "DOCKER-USER", "-j", "RETURN"]);
      }
      // iptables would complain now if it could not read its table any more.
      if (close?.[0] === "iptables") await world.host.run("iptables", ["-S"]);
    }
    await eventually("port1 is gone", async () => !/port1/.test((await world.host.run("ip", ["link"])).stdout), {
      within: 5_000,
    });
    await lab.down();
    assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
  });
}

rootTest("iptables-legacy, which nft does not see, is opened and closed, too", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  const found = await world.host.run("sh", ["-c", "command -v iptables-legacy"], { answers: "any" });
  if (found.exitCode !== 0) return console.log("host-network (root): no iptables-legacy here, skipped");
  await world.host.run("iptables-legacy", ["-P", "FORWARD", "DROP"]);
  const rules = async () => (await world.host.run("iptables-legacy", ["-S"])).stdout;
  const before = await rules();
  await lab.up();
  assert.equal((await lab.up()).actions, []);
  await using node = await plugNode(world, bridgeOf(lab.id), first);
  assert.is(await node.lookup(), lan.routerAddress);
  await lab.down();
  assert.is(await rules(), before);
});

rootTest("what another program takes away is put back, and only that", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  await lab.up();
  const bridge = bridgeOf(lab.id);
  const whole = await snapshot(world, lab);
  for (const [losses, command] of [
    [2, `ip link delete ${bridge}`],
    [2, `ip address flush dev ${bridge}`],
    [2, `ip link set ${bridge} down`],
    [1, `ip rule delete priority 1076 iif ${bridge}; ip rule add iif ${bridge} lookup main priority 900`],
    [1, `ip route flush table ${routingTable(lab.id)}`],
    [1, `ip route add 10.9.0.0/16 dev lo table ${routingTable(lab.id)}`],
    [1, `nft delete table ip ${natTable(lab.id).table}`],
    [1, `nft flush chain inet k3s_lab_${lab.id}_guard forward`],
    [1, `echo 0 >/proc/sys/net/ipv4/ip_forward`],
    [
      5,
      `ip link delete ${bridge}; ip route flush table ${routingTable(lab.id)}; nft flush ruleset; echo 0 >/proc/sys/net/ipv4/ip_forward`,
    ],
  ] as const) {
    await world.host.run("sh", ["-c", command]);
    const { actions, problem } = await lab.up();
    assert.is(problem, undefined, command);
    assert.is(actions.length, losses, `${command}: ${actions.join("; ")}`);
    assert.is(diffSnapshots(whole, await snapshot(world, lab)), "", command);
  }
});

rootTest("two labs live side by side, and one goes without the other", async () => {
  await using world = await emulateHost({ forward: "docker" });
  await using one = await emulateLab(world);
  await one.up();
  // With a first port, the kernel adds what a bridge has when it is in use.
  await using early = await plugNode(world, bridgeOf(one.id), "10.76.0.11");
  // Which the kernel does a moment later.
  const carrier = async () => (await world.host.run("cat", [`/sys/class/net/${bridgeOf(one.id)}/carrier`])).stdout;
  await eventually("the bridge is in use", async () => (await carrier()).startsWith("1"), { within: 5_000 });
  const alone = await snapshot(world, one);
  {
    await using two = await emulateLab(world);
    await two.up();
    const { stdout } = await world.host.run("ip", ["-4", "-brief", "address"]);
    assert.match(stdout, new RegExp(`${bridgeOf(one.id)} .* 10\\.76\\.0\\.1/24`));
    assert.match(stdout, new RegExp(`${bridgeOf(two.id)} .* 10\\.76\\.1\\.1/24`));
    assert.equal((await one.up()).actions, []);
    assert.equal((await two.up()).actions, []);
    await using node = await plugNode(world, bridgeOf(two.id), "10.76.1.10", "10.76.1.1");
    assert.is(await node.lookup(), lan.routerAddress);
    assert.is(await early.lookup(), lan.routerAddress);
  }
  await eventually("port10 is gone", async () => !/port10/.test((await world.host.run("ip", ["link"])).stdout), {
    within: 5_000,
  });
  assert.is(diffSnapshots(alone, await snapshot(world, one)), "");
});

rootTest("lab:down works from the lab's id alone", async () => {
  await using world = await emulateHost({ forward: "nft-drop" });
  await using lab = await emulateLab(world);
  const before = await snapshot(world, lab);
  await lab.up();
  rmSync(join(lab.dir, ".lab"), { recursive: true });
  assert.ok((await lab.down()).actions.length > 0);
  assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
  assert.equal((await lab.down()).actions, []);
});

rootTest("the choice is remembered, and a VIF in the way is seen before the first lab:up only", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world);
  await using _vif = await world.host.connectVif({ cidrs: ["10.42.0.0/16", "10.43.0.0/16", "10.76.0.0/23"] });
  await lab.up();
  const recorded = () => JSON.parse(readFileSync(join(lab.dir, ".lab/host-network.json"), "utf8")) as unknown;
  const chosen = recorded();
  assert.match(JSON.stringify(chosen), '"subnet":"10.76.2.0/24"');
  assert.match(
    JSON.stringify(chosen),
    '"podCidr":"10.32.0.0/16","serviceCidr":"10.33.0.0/16","clusterDns":"10.33.0.10"',
  );
  assert.match(JSON.stringify(chosen), '"resolvers":["192.168.77.1"]');
  await world.host.run("ip", ["route", "add", "10.33.0.0/16", "dev", "tel0"]);
  assert.equal((await lab.up()).actions, []);
  assert.equal(recorded(), chosen);
});

rootTest("a configured network that overlaps a route of the host is refused before anything is touched", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world, "network: { subnet: 192.168.77.128/25 }\n");
  const before = await snapshot(world, lab);
  const { exitCode, problem } = await lab.up();
  assert.is(exitCode, 2);
  assert.match(problem ?? "", "network.subnet: 192.168.77.128/25 overlaps the host's route 192.168.77.0/24 (lan0)");
  assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
});

rootTest("a lab whose record is lost or truncated gets the same network again, by its bridge", async () => {
  await using world = await emulateHost();
  // A subnet that would not be picked.
  await using lab = await emulateLab(world, "network: { subnet: 10.76.9.0/24 }\n");
  assert.is((await lab.up()).exitCode, 0);
  const record = join(lab.dir, ".lab/host-network.json");
  const written = readFileSync(record, "utf8");
  writeFileSync(join(lab.dir, "lab.yaml"), "");
  for (const text of ["", written.slice(0, 100), undefined]) {
    if (text === undefined) rmSync(record);
    else writeFileSync(record, text);
    const { exitCode, actions, problem } = await lab.up();
    assert.equal([exitCode, actions, problem], [0, [], undefined]);
    assert.is(readFileSync(record, "utf8"), written);
  }
});

test.run();
