// The seed's lab on the seed's LAN: nodes beside the host, by the host's own bridge and by further MAC addresses of its
// card. What of them leaves the LAN is counted at the router, by card and address.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, emulateHost, hostBridge, seedLan, type Snapshot, type World, rootOnly } from "@k3s-lab/testbed";
import { mayBeLeftOut, planThenUp } from "./compare-plan.js";
import { amiss, drawMap } from "./draw-map.js";
import { driveLab, type DrivenLab, eventually, readyNodes, root, upChangesNothing } from "./drive-lab.js";

const test = suite("the seed's lab");
const realTest = rootOnly("the seed's lab", test);

// VirtualBox's machines, as containers: what a host of tests can run, and the LAN's matter is the same.
const seedYaml = readFileSync(join(root, "examples/seed/lab.yaml"), "utf8").replace(
  /^machines:\n(?: .*\n)+/m,
  "machines: { provider: lxc }\n",
);
const { internet, routerAddress, hostAddress } = seedLan;

interface Node {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
}

interface Scene {
  readonly options: Parameters<typeof emulateHost>[0];
  /** The host's link to the LAN. */
  readonly link: string;
  readonly yaml: string;
  /** By the name of the node. */
  readonly addresses: Readonly<Record<string, string>>;
}

const scenes: Readonly<Record<string, Scene>> = {
  "by the host's bridge, where FORWARD drops": {
    options: { lan: "seed", bridge: true, forward: "iptables-drop" },
    link: hostBridge,
    yaml: seedYaml,
    addresses: { multi: "192.168.1.110", agent1: "192.168.1.111", agent2: "192.168.1.112" },
  },
  // Without the third node, whose address is the neighbour's; that is what is picked first for the second.
  "by macvlan": {
    options: { lan: "seed" },
    link: seedLan.uplink,
    yaml: seedYaml
      .replace(/^.*agent2.*\n/m, "")
      .replace(", address: 192.168.1.111", "")
      .replace("mode: bridged", `mode: bridged\n  addresses: ${seedLan.neighbour.address}-192.168.1.120`),
    addresses: { multi: "192.168.1.110", agent1: "192.168.1.113" },
  },
};

let world: World;
let lab: DrivenLab;
let before: Snapshot;

const host = async (script: string): Promise<string> => (await world.host.run("bash", ["-c", script])).stdout;
const inside = async (node: string, script: string): Promise<string> =>
  (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim();
const machines = (): readonly Node[] => lab.state<{ machines: readonly Node[] }>("machines.json").machines;

/** The host's own side of the LAN, which no lab may change: addresses, MAC addresses, default routes. */
const own = (link: string) =>
  host(`ip -4 -br address show dev ${link} | cut -d/ -f1 | sed 's/@[^ ]*//'
    cat /sys/class/net/{${seedLan.uplink},${link}}/address; ip route show default`);

/** A node's one default route, resolver, MAC address and address. */
const network = `ip -4 route show default | sed 's/ *$//'; cat /etc/resolv.conf /sys/class/net/eth0/address
  ip -4 -br address show dev eth0 | tr -s ' ' | cut -d ' ' -f 3`;

for (const [how, { options, link, yaml, addresses }] of Object.entries(scenes)) {
  const nodes = Object.keys(addresses);
  const isPicked = Object.values(addresses).includes("192.168.1.113");
  let ownBefore: string;

  realTest(`${how}: begin`, async () => {
    world = await emulateHost(options);
    lab = await driveLab(world.host, yaml);
    before = await lab.snapshot();
    ownBefore = await own(link);
  });

  if (nodes.includes("agent2")) {
    realTest(
      `${how}: an address that a neighbour has is refused with its MAC address, before a machine starts`,
      async () => {
        const { exitCode, stderr } = await lab.npm("lab:up");
        assert.is.not(exitCode, 0);
        for (const part of ["agent2", seedLan.neighbour.address, seedLan.neighbour.mac]) assert.match(stderr, part);
        assert.match((await lab.npm("lab:exec", ["multi", "true"])).stderr, "multi: is stopped");
        await world.neighbour?.leave();
      },
    );
  }

  realTest(`${how}: it comes up as lab:plan shows, and a second lab:up does nothing`, async () => {
    const { plan, events, exitCode, differences } = await planThenUp(lab);
    assert.is(exitCode, 0);
    assert.equal(differences, []);
    const marked = plan.stages
      .flatMap(({ actions }) => actions)
      .filter(({ provided }) => provided !== undefined && !mayBeLeftOut.some((condition) => condition === provided));
    assert.is(marked.length > 0, isPicked, "what rests on a picked address is marked, and nothing else");
    for (const { sentence, provided } of marked) {
      assert.match(sentence, seedLan.neighbour.address);
      assert.is(provided, "if the address is free");
    }
    if (isPicked) assert.match(JSON.stringify(events), "make a machine with address 192.168.1.113");
    assert.equal(await readyNodes(lab), nodes.toSorted());
    await upChangesNothing(lab);
    assert.is(await own(link), ownBefore);
  });

  realTest(`${how}: each node has the seed's address, the router as its route, and the seed's resolver`, async () => {
    for (const { name, address, mac } of machines()) {
      assert.is(address, addresses[name]);
      const wanted = [`default via ${routerAddress} dev eth0`, `nameserver ${internet}`, mac, `${address}/24`];
      assert.equal((await inside(name, network)).split("\n"), wanted);
    }
  });

  realTest(
    `${how}: what nodes send leaves by the router, with their own address and card; the host forwards nothing`,
    async () => {
      for (const { name } of machines()) {
        await inside(name, `ping -q -c 2 -W 2 ${internet} && getent hosts router.lan`);
      }
      const arrivals = (await world.router?.arrivals()) ?? [];
      for (const { name, address, mac } of machines()) {
        const mine = arrivals.filter(({ source }) => source === address);
        assert.equal([...new Set(mine.map((arrival) => arrival.mac))], [mac], name);
        const left = mine.find(({ destination }) => destination === internet)?.packets ?? 0;
        assert.ok(left >= 3, `${name}: ${left} packets to ${internet}`);
      }
      const known = new Set([...machines(), { address: hostAddress, mac: seedLan.uplinkMac }].map(({ mac }) => mac));
      assert.equal(
        arrivals.filter(({ mac }) => !known.has(mac) && mac !== seedLan.neighbour.mac),
        [],
      );
      assert.is(await host("cat /proc/sys/net/ipv4/ip_forward"), "0");
    },
  );

  realTest(`${how}: host and nodes reach each other, by their own addresses`, async () => {
    // Answers each with the address that it is seen by.
    const listen = `require("node:net").createServer((socket) => socket.end(socket.remoteAddress + "\\n"))
      .listen(8099, "${hostAddress}", () => console.log("listening"))`;
    await using _ = await world.host.background(process.execPath, ["-e", listen], { ready: /^listening/ });
    for (const { name, address } of machines()) {
      assert.is(await inside(name, `exec 3<>/dev/tcp/${hostAddress}/8099; cat <&3`), address);
      // The kubelet's port; the node then knows the host by its card.
      await host(`exec 3<>/dev/tcp/${address}/10250`);
      assert.match(await inside(name, `ip neigh show ${hostAddress}`), / lladdr /);
    }
    const ask = `ip neigh flush to ${hostAddress}; echo >/dev/udp/${hostAddress}/9; sleep 0.3; ip neigh show ${hostAddress}`;
    const known = (await world.router?.run("bash", ["-c", ask]))?.stdout ?? "";
    assert.match(known, `lladdr ${seedLan.uplinkMac} `, "the router finds the host at its own card");
  });

  realTest(`${how}: the map draws the nodes on the LAN, all well, with the router as their way out`, async () => {
    const drawn = await drawMap(lab);
    assert.equal(amiss(drawn), []);
    assert.is(drawn.boxes[link], "ok: up");
    assert.not.ok("Host guard" in drawn.boxes);
    assert.is(drawn.ways["From a pod to the internet"], "left at Router");
    assert.match(drawn.ways["From a pod to an unserved address"] ?? "", /^cut at Node guard of /);
  });

  realTest(`${how}: the registry answers by its name on the host`, async () => {
    const ask = 'fetch("http://multi:5000/v2/_catalog").then((answer) => answer.text()).then(console.log)';
    assert.match((await world.host.run(process.execPath, ["-e", ask])).stdout, "repositories");
  });

  realTest(`${how}: a node that reboots has changed in nothing`, async () => {
    const was = await inside("agent1", network);
    await lab.npm("lab:exec", ["agent1", "systemctl", "reboot"]);
    const service = async () => (await lab.npm("lab:exec", ["agent1", "systemctl", "is-active", "k3s-agent"])).stdout;
    await eventually("agent1's K3s runs again", async () => (await service()).startsWith("active"));
    assert.is(await inside("agent1", network), was);
    await eventually("agent1 is Ready", async () => (await readyNodes(lab)).length === nodes.length);
  });

  realTest(`${how}: lab:up heals what a reboot of the host has taken away`, async () => {
    await lab.kubectl("create", "configmap", "kept", "--from-literal=by=disk");
    const were = machines();
    await world.host.reboot();
    assert.is(await own(link), ownBefore);
    assert.match(await lab.npmOk("lab:up"), "registry verified");
    assert.equal(machines(), were);
    await eventually("all nodes are Ready", async () => (await readyNodes(lab)).length === nodes.length);
    assert.match(await lab.kubectl("get", "configmap", "kept", "--output=yaml"), "by: disk");
    await inside("agent1", `ping -q -c 1 -W 2 ${internet}`);
    await host(`exec 3<>/dev/tcp/192.168.1.110/6443`);
  });

  realTest(`${how}: lab:down leaves the host as it was`, async () => {
    await lab.npmOk("lab:down");
    assert.is(diffSnapshots(before, await lab.snapshot()), "");
  });

  realTest(`${how}: end`, async () => {
    await lab[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });
}

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

test.run();
