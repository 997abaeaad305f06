// Nodes on the host's own LAN: what the host does for them, and that nothing of its own changes.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  diffSnapshots,
  emulateHost,
  hostBridge,
  lan,
  seedLan,
  snapshotHost,
  type World,
  eventually,
  rootOnly,
} from "@k3s-lab/testbed";
import { shimOf } from "../src/names.js";
import { type EmulatedLab, emulateLab, plugNode } from "./emulated-lab.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network bridged (root)");
const rootTest = rootOnly("host-network bridged (root)", test);

const bridged = (more = "") => `network: { mode: bridged${more} }\n`;
const first = "192.168.77.240";
const second = "192.168.77.241";
const one = "nodes: [{ name: multi, role: server }]\n";

/** Only what belongs to this host and lab: others work on the real host at the same time. */
async function snapshot(world: World, lab: EmulatedLab) {
  return snapshotHost({
    run: world.host.run,
    only: {
      files: new RegExp(lab.id),
      hosts: new RegExp(lab.id),
      mounts: /^(?!\/etc\/hosts )/,
      sysctls: /^net\/ipv[46]\//,
    },
  });
}

/** Which cards answer the router for an address. */
async function answerers(world: World, address: string): Promise<readonly string[]> {
  const args = ["-b", "-c", "2", "-w", "1", "-I", lan.bridge, address];
  const { stdout } = (await world.router?.run("arping", args, { answers: "any" })) ?? { stdout: "" };
  return [...new Set([...stdout.matchAll(/\[(.*?)\]/g)].map(([, mac = ""]) => mac.toLowerCase()))];
}

/** A datagram from the host to a node. */
async function tellFromHost(world: World, node: Awaited<ReturnType<typeof plugNode>>): Promise<string> {
  let said: string | undefined;
  const heard = node.listen().then((from) => (said = from));
  const send = async () => {
    await world.host.run("bash", ["-c", `echo >/dev/udp/${node.address}/9`], { answers: "any" });
    return said !== undefined;
  };
  await eventually("the node hears the host", send, { within: 5_000 });
  return heard;
}

rootTest("by macvlan host, nodes and router reach each other, and the uplink stays what it is", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world, bridged());
  const before = await snapshot(world, lab);
  const up = await lab.up();
  assert.is(up.problem, undefined);
  const shim = shimOf(lab.id);
  assert.equal(up.actions, [`host: make ${shim} on ${lan.uplink}, by which host and nodes reach each other`]);
  assert.match(up.notes.join(), `picked on ${lan.subnet}: multi ${first}, agent1 ${second}, agent2 192.168.77.242;`);
  const again = await lab.up();
  assert.equal([again.actions, again.notes], [[], []]);
  {
    await using node = await plugNode(world, { uplink: lan.uplink }, first, lan.routerAddress);
    await using other = await plugNode(world, { uplink: lan.uplink }, second, lan.routerAddress);
    assert.is(await node.lookup(), lan.routerAddress);
    assert.is(await node.tell(other), first);
    assert.is(await tellFromHost(world, node), lan.hostAddress);
    assert.equal(await answerers(world, lan.hostAddress), [lan.uplinkMac], "the shim does not answer for the host");
    const { stdout } = await world.host.run("sh", [
      "-c",
      "ip -4 rule; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward",
    ]);
    assert.not.match(stdout, /k3s|1076/);
    assert.match(stdout, /\n0$/);
    assert.is((await world.host.run("cat", [`/proc/sys/net/ipv6/conf/${shim}/disable_ipv6`])).stdout, "1");
  }
  await lab.down();
  assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
});

rootTest(
  "what another program takes from the shim is put back, also by a host reboot; down needs the lab's id only",
  async () => {
    await using world = await emulateHost();
    await using lab = await emulateLab(world, bridged());
    const before = await snapshot(world, lab);
    await lab.up();
    const shim = shimOf(lab.id);
    const whole = await snapshot(world, lab);
    for (const command of [
      `ip link delete ${shim}`,
      `ip link set ${shim} down`,
      `ip address flush dev ${shim}`,
      `ip route delete ${first} dev ${shim}`,
      `ip route add 192.168.77.99 dev ${shim}`,
      `echo 0 >/proc/sys/net/ipv4/conf/${shim}/arp_filter`,
      `ip link set ${shim} address 02:00:00:00:00:01`,
      `ip link delete ${shim}; ip link add ${shim} type bridge`,
    ]) {
      await world.host.run("sh", ["-c", command]);
      const { actions, problem } = await lab.up();
      assert.is(problem, undefined, command);
      assert.is(actions.length, 1, `${command}: ${actions.join("; ")}`);
      assert.is(diffSnapshots(whole, await snapshot(world, lab)), "", command);
    }
    await world.host.reboot();
    assert.is((await lab.up()).actions.length, 1);
    assert.is(diffSnapshots(whole, await snapshot(world, lab)), "");
    rmSync(join(lab.dir, ".lab"), { recursive: true });
    assert.equal((await lab.down()).actions, [`host: remove ${shim} and its routes`]);
    assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
    assert.equal((await lab.down()).actions, []);
  },
);

const closers = {
  accept: undefined,
  docker: "iptables -F DOCKER-USER; iptables -A DOCKER-USER -j RETURN",
  "nft-drop": "nft flush chain inet filter forward",
} as const;

for (const [forward, close] of Object.entries(closers) as [keyof typeof closers, string | undefined][]) {
  rootTest(`on a bridge of a host whose FORWARD is ${forward}, nodes reach the LAN`, async () => {
    await using world = await emulateHost({ bridge: true, forward });
    await using lab = await emulateLab(world, bridged() + one);
    const before = await snapshot(world, lab);
    const up = await lab.up();
    assert.is(up.problem, undefined);
    assert.is(up.actions.length, close === undefined ? 0 : 1, up.actions.join());
    assert.equal((await lab.up()).actions, []);
    {
      await using node = await plugNode(world, hostBridge, first, lan.routerAddress);
      assert.is(await node.lookup(), lan.routerAddress);
      assert.is(await tellFromHost(world, node), lan.hostAddress);
      if (close !== undefined) {
        await world.host.run("sh", ["-c", close]);
        assert.is.not(await node.lookup(), lan.routerAddress, "the accepts are what lets it through");
        assert.is((await lab.up()).actions.length, 1);
        assert.is(await node.lookup(), lan.routerAddress);
        // Others on the bridge do not concern the lab.
        await using stranger = await plugNode(world, hostBridge, "192.168.77.99", lan.routerAddress);
        assert.is.not(await stranger.lookup(), lan.routerAddress);
      }
    }
    await eventually(
      "the nodes' ports are gone",
      async () => !/port(240|99)/.test((await world.host.run("ip", ["link"])).stdout),
      { within: 5_000 },
    );
    rmSync(join(lab.dir, ".lab"), { recursive: true });
    await lab.down();
    assert.is(diffSnapshots(before, await snapshot(world, lab)), "");
  });
}

rootTest("iptables-legacy, which nft does not see, is opened and closed, too", async () => {
  await using world = await emulateHost({ bridge: true });
  const found = await world.host.run("sh", ["-c", "command -v iptables-legacy"], { answers: "any" });
  if (found.exitCode !== 0) return console.log("host-network bridged (root): no iptables-legacy here, skipped");
  await using lab = await emulateLab(world, bridged() + one);
  await world.host.run("iptables-legacy", ["-P", "FORWARD", "DROP"]);
  const rules = async () => (await world.host.run("iptables-legacy", ["-S"])).stdout;
  const before = await rules();
  assert.is((await lab.up()).actions.length, 1);
  assert.equal((await lab.up()).actions, []);
  await using node = await plugNode(world, hostBridge, first, lan.routerAddress);
  assert.is(await node.lookup(), lan.routerAddress);
  await lab.down();
  assert.is(await rules(), before);
});

rootTest("an address for which another machine answers is not picked; both are reported", async () => {
  await using world = await emulateHost({ lan: "seed" });
  await using lab = await emulateLab(world, bridged(", addresses: 192.168.1.111-192.168.1.120"));
  const { notes, exitCode } = await lab.up();
  assert.is(exitCode, 0);
  const { address, mac } = seedLan.neighbour;
  assert.is(notes[0], `${address} is taken by ${mac}: the next one is picked`);
  assert.match(notes[1] ?? "", "multi 192.168.1.111, agent1 192.168.1.113, agent2 192.168.1.114;");
  assert.equal((await lab.up()).notes, []);
});

rootTest("a pulled cable is reported; a lab that moves to a bridge of the host loses the shim", async () => {
  await using world = await emulateHost();
  await using lab = await emulateLab(world, bridged() + one);
  await lab.up();
  await world.host.uplinkDown();
  const down = await lab.up();
  assert.is(down.exitCode, 2);
  assert.match(down.problem ?? "", "network.interface: no interface leads to a LAN: there is no default route");
  await world.host.uplinkUp();
  const script = `ip link add br7 type bridge; ip link add a7 type veth peer name b7; ip link set a7 master br7 up
    ip link set b7 up; ip link set br7 up; ip address add 192.168.77.7/24 dev br7; sleep 0.5`;
  await world.host.run("sh", ["-c", script]);
  writeFileSync(join(lab.dir, "lab.yaml"), bridged(`, interface: br7, gateway: ${lan.routerAddress}`) + one);
  assert.equal((await lab.up()).actions, [`host: remove ${shimOf(lab.id)}`]);
  assert.equal((await lab.up()).actions, []);
});

test.run();
