// A VIF that forwards into a cluster, and a node behind a user-mode NAT: what each lets through, and where it ends.
import {
  cluster,
  connectTelepresence,
  diffSnapshots,
  emulateHost,
  emulateTopology,
  lan,
  namesAt,
  runClient,
  snapshotHost,
  topologies,
  rootOnly,
} from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed telepresence (root)");
const rootTest = rootOnly("testbed telepresence (root)", test);

const cidrs = [cluster.serviceCidr, cluster.podCidr];
const names = { nameserver: lan.routerAddress, resolver: lan.routerAddress };
const only = { files: /k3s-lab/, sysctls: /^net\/ipv[46]\// };

type Request = [what: "tcp" | "udp" | "name", address: string, to: string];
type Runs = Parameters<typeof runClient>[0];

/** A busy machine may need more than the client's second. */
async function untilSaid({ run }: Runs, expected: string, ...[what, address, to]: Request) {
  const said: string[] = [];
  for (let tries = 0; tries < 20 && said.at(-1) !== expected; tries++)
    said.push(await runClient({ run }, what, address, to));
  assert.is(said.at(-1), expected, said.join());
}

for (const manager of ["pod", "node"] as const) {
  rootTest(`with a manager in the network of the ${manager}, hosts reach services and names`, async () => {
    await using world = await emulateHost(topologies.bridged.world);
    const { host } = world;
    const nodes = await emulateTopology(world, topologies.bridged);
    const before = await snapshotHost({ run: host.run, only });
    assert.is(await runClient(host, "tcp", cluster.served.address, "80"), "unreachable", "there is no way yet");
    {
      await using vif = await connectTelepresence(host, { cidrs, manager: nodes[manager].pid, names });
      await untilSaid(world.host, "served", "tcp", cluster.served.address, String(cluster.served.port));
      await untilSaid(world.host, "served", "tcp", cluster.pod.address, String(cluster.pod.port));
      await untilSaid(world.host, "answered", "name", lan.routerAddress, "nobody.example");
      const [first, ...others] = vif.taken.filter(({ port }) => port === 53);
      assert.equal(first, { protocol: "udp", address: namesAt, port: 53, source: lan.hostAddress });
      assert.ok(others.length < 20);
      // Nobody serves it: the router says so, after the connection was accepted.
      await untilSaid(world.host, "closed", "tcp", "10.43.0.9", "80");
    }
    assert.is(diffSnapshots(before, await snapshotHost({ run: host.run, only })), "", "it leaves nothing");
  });
}

rootTest("a loop ends at the most that the VIF forwards", async () => {
  await using world = await emulateHost(topologies.kernelNat.world);
  const { pod } = await emulateTopology(world, topologies.kernelNat);
  const most = 10;
  await using vif = await connectTelepresence(world.host, { cidrs, manager: pod.pid, most });
  // Two clients: the second is turned away at once.
  await untilSaid(world.host, "closed", "tcp", "10.43.0.9", "80");
  assert.is(await runClient(world.host, "tcp", "10.43.0.9", "80"), "closed");
  assert.ok(vif.taken.length > most, `${vif.taken.length}`);
  assert.ok(vif.taken.length <= most + 1 + 20, `${vif.taken.length}`);
});

rootTest("behind a user-mode NAT a node is its host to others", async () => {
  await using world = await emulateHost(topologies.userModeNat.world);
  const { node, pod } = await emulateTopology(world, topologies.userModeNat);
  for (const { run } of [node, pod]) {
    for (const nameserver of [lan.routerAddress, topologies.userModeNat.resolvers.leadsBack]) {
      await untilSaid({ run }, "answered", "name", nameserver, "nobody.example");
    }
  }
  const arrivals = (await world.router?.arrivals()) ?? [];
  assert.equal([...new Set(arrivals.map(({ source }) => source))], [lan.hostAddress]);
});

test.run();
