// Runs alone: it compares all that a host has with what it was.
import {
  diffSnapshots,
  type EmulatedHost,
  emulateHost,
  hostBridge,
  seedLan,
  snapshotHost,
  rootOnly,
} from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed seed LAN");
const rootTest = rootOnly("testbed seed LAN", test);

/** Asks a DNS server at an address, without any DNS program. */
async function lookup(host: EmulatedHost, server: string, name: string): Promise<string> {
  const script = `const { Resolver } = require("node:dns");
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([process.argv[1]]);
    resolver.resolve4(process.argv[2], (error, found) => console.log(error ? error.code : found[0]));`;
  return (await host.run(process.execPath, ["-e", script, server, name])).stdout;
}

rootTest("the internet answers behind the router, which counts by card and address what comes", async () => {
  await using world = await emulateHost({ lan: "seed", names: { "get.k3s.io": "203.0.113.7" } });
  const { host, router } = world;
  assert.is(await lookup(host, seedLan.internet, "get.k3s.io"), "203.0.113.7");
  assert.is(await lookup(host, seedLan.routerAddress, "router.lan"), seedLan.routerAddress);
  const arrivals = (await router?.arrivals()) ?? [];
  const asked = arrivals.filter(({ destination }) => destination === seedLan.internet);
  assert.equal(asked, [
    { mac: seedLan.uplinkMac, source: seedLan.hostAddress, destination: seedLan.internet, packets: 1 },
  ]);
});

rootTest("a neighbour has an address, says so, and can leave", async () => {
  await using world = await emulateHost({ lan: "seed" });
  const { host, neighbour } = world;
  const { address, mac } = seedLan.neighbour;
  assert.equal([neighbour?.address, neighbour?.mac], [address, mac]);
  const known = async () => {
    const knock = `ip neigh flush to ${address}; timeout 0.3 bash -c 'echo >/dev/udp/${address}/9'; sleep 0.1; ip neigh show to ${address}`;
    return (await host.run("sh", ["-c", knock], { answers: "any" })).stdout;
  };
  assert.match(await known(), mac);
  await neighbour?.leave();
  assert.not.match(await known(), mac);
});

/** A DHCP client's first message, by broadcast; says what address was offered. */
const discover = `
const socket = require("node:dgram").createSocket("udp4");
const message = Buffer.alloc(244);
message.set([1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0x80, 0]);
message.set([2, 0, 0, 0, 0, 9], 28);
message.set([99, 130, 83, 99, 53, 1, 1, 255], 236);
socket.on("message", (offer) => { console.log([...offer.subarray(16, 20)].join(".")); process.exit(); });
socket.bind(68, () => { socket.setBroadcast(true); socket.send(message, 67, "255.255.255.255"); });
setTimeout(() => process.exit(1), 3000);`;

rootTest("the router offers addresses of its pool", async () => {
  await using world = await emulateHost({ lan: "seed" });
  const { stdout } = (await world.neighbour?.run(process.execPath, ["-e", discover])) ?? { stdout: "" };
  const last = Number(/^192\.168\.1\.(\d+)$/.exec(stdout)?.[1]);
  assert.ok(last >= 150 && last <= 199, stdout);
});

for (const bridge of [false, true]) {
  rootTest(`a reboot brings back the host's own network and nothing else: ${bridge ? "bridge" : "wired"}`, async () => {
    await using world = await emulateHost({ lan: "seed", bridge, forward: "docker" });
    const { host } = world;
    const before = await snapshotHost({ run: host.run });
    const link = bridge ? hostBridge : seedLan.uplink;
    assert.match((await host.run("ip", ["route", "get", seedLan.internet])).stdout, `dev ${link} src 192.168.1.17`);
    await host.run("sh", ["-c", changes]);
    await host.run("sh", ["-c", `ip link add link ${link} name shim0 type macvlan mode bridge; ip link set shim0 up`]);
    assert.match(diffSnapshots(before, await snapshotHost({ run: host.run })), "shim0");
    for (let time = 0; time < 2; time += 1) {
      await host.reboot();
      assert.is(diffSnapshots(before, await snapshotHost({ run: host.run })), "");
    }
    assert.is(await lookup(host, seedLan.internet, "router.lan"), seedLan.routerAddress);
    assert.is((await host.run("ls", ["/sys/class/net"])).stdout.includes("lab0"), false);
  });
}

const changes = `
ip link add name lab0 type bridge
ip link set lab0 up
ip rule add iif lab0 lookup 7600 priority 5000
ip route add unreachable default table 7600
nft 'add table inet mine; add chain inet mine forward { type filter hook forward priority 0; }'
echo 1 >/proc/sys/net/ipv4/ip_forward
mount -t tmpfs testbed /mnt
for d in /sys/fs/cgroup/*/; do mkdir -p $d/lxc.payload.multi/system; done
setsid unshare --pid --fork sleep 600 >/dev/null 2>&1 &`;

test.run();
