import { planBridge } from "../../src/steps/make-bridge.js";
import { desktop, withLink } from "../fixtures/hosts.js";
import { bridge, lab, made, network } from "../fixtures/networks.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network make-bridge");
const add = [
  `link add name ${bridge} address 02:4b:33:a1:b2:c3 type bridge`,
  `link set dev ${bridge} addrgenmode none`,
  `address add 10.76.0.1/24 dev ${bridge}`,
  `link set dev ${bridge} up`,
];
const changed = (change: object) => ({
  ...made,
  links: made.links.map((link) => (link.name === bridge ? { ...link, ...change } : link)),
});

test("makes it with an address of its own, and without IPv6", () => {
  assert.equal(planBridge(lab, network, desktop), [add]);
  const without = { ...desktop, links: desktop.links.filter(({ ipv6 }) => ipv6 === undefined) };
  assert.equal(planBridge(lab, network, without), [add.filter((line) => !line.includes("addrgenmode"))]);
  assert.ok(bridge.length <= 15);
});

test("leaves one that is right, and repairs what is not", () => {
  assert.equal(planBridge(lab, network, made), []);
  assert.equal(planBridge(lab, network, changed({ up: false })), [[`link set dev ${bridge} up`]]);
  assert.equal(planBridge(lab, network, changed({ mac: "02:00:00:00:00:01" })), [
    [`link set dev ${bridge} address 02:4b:33:a1:b2:c3`],
  ]);
  assert.equal(planBridge(lab, network, changed({ ipv6: "eui64" })), [[`link set dev ${bridge} addrgenmode none`]]);
  assert.equal(planBridge(lab, network, changed({ addresses: ["10.75.0.1/24"] })), [
    [`address delete 10.75.0.1/24 dev ${bridge}`, `address add 10.76.0.1/24 dev ${bridge}`],
  ]);
});

test("takes the place of a link of that name that is no bridge", () => {
  const host = withLink(desktop, { name: bridge, kind: "veth" });
  assert.equal(planBridge(lab, network, host), [[`link delete dev ${bridge}`, ...add]]);
});

test.run();
