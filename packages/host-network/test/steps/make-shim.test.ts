import { parseCidr } from "@k3s-lab/ip";
import type { MacvlanNetwork } from "../../src/network.js";
import { planShim, sysctlsOf } from "../../src/steps/make-shim.js";
import { desktop, withLink, withRoute } from "../fixtures/hosts.js";
import { lab, network as ownNetwork } from "../fixtures/networks.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network make-shim");

const shim = `k3shim-${lab}`;
const network: MacvlanNetwork = {
  ...ownNetwork,
  lan: {
    kind: "macvlan",
    parent: "eth0",
    shim,
    shimMac: "02:00:00:00:00:51",
    hostAddress: "192.168.1.17",
    subnet: parseCidr("192.168.1.0/24"),
    seed: "02:00:00:00:00:17",
  },
  addresses: { multi: "192.168.1.240", agent1: "192.168.1.241" },
};
const tuned = sysctlsOf(shim);
const link = { name: shim, kind: "macvlan" as const, parent: "eth0", mac: "02:00:00:00:00:51" };
const stands = { ...link, addresses: ["192.168.1.17/32"], ipv6: "none" };
const routed = (of: typeof desktop, ...nodes: readonly string[]) =>
  nodes.reduce((host, dst) => withRoute(host, { dst, dev: shim, scope: "link" }), of);
const right = routed(withLink(desktop, stands), "192.168.1.240", "192.168.1.241");
const repair = [
  `address add 192.168.1.17/32 dev ${shim} noprefixroute`,
  `link set dev ${shim} up`,
  `route replace 192.168.1.240/32 dev ${shim} src 192.168.1.17 scope link`,
  `route replace 192.168.1.241/32 dev ${shim} src 192.168.1.17 scope link`,
];

test("makes it beside the nodes, and never names the uplink but to sit on it", () => {
  const { make, repair: rest } = planShim(network, desktop, {});
  assert.equal(make, [
    `link add link eth0 name ${shim} address 02:00:00:00:00:51 type macvlan mode bridge`,
    `link set dev ${shim} addrgenmode none`,
  ]);
  assert.equal(rest, repair);
  assert.ok([...make.slice(1), ...rest].every((line) => !line.includes("eth0")));
  assert.ok(shim.length <= 15);
});

test("leaves one that is right, and repairs what is not", () => {
  assert.equal(planShim(network, right, tuned), { make: [], repair: [] });
  const extra = routed(right, "192.168.1.99");
  assert.equal(planShim(network, extra, tuned), { make: [], repair: [`route delete 192.168.1.99 dev ${shim}`] });
  const missing = routed(withLink(desktop, stands), "192.168.1.240");
  assert.equal(planShim(network, missing, tuned).repair, repair.slice(3));
  const moved = { ...right, links: right.links.map((each) => ({ ...each, addresses: ["192.168.1.18/32"] })) };
  assert.equal(planShim(network, moved, tuned).repair, [`address delete 192.168.1.18/32 dev ${shim}`, repair[0]]);
});

test("without its sysctls it is taken down before they are set", () => {
  const off = Object.fromEntries(Object.keys(tuned).map((file) => [file, "0"]));
  assert.equal(planShim(network, right, off), { make: [`link set dev ${shim} down`], repair: repair.slice(1) });
});

test("takes the place of a link of that name that is something else, or sits elsewhere", () => {
  for (const other of [
    { ...stands, kind: "bridge" as const },
    { ...stands, parent: "eth1" },
    { ...stands, mac: "02:00:00:00:00:01" },
  ]) {
    const { make, repair: rest } = planShim(network, withLink(desktop, other), tuned);
    assert.is(make[0], `link delete dev ${shim}`);
    assert.is(make.length, 3);
    assert.equal(rest, repair);
  }
});

test.run();
