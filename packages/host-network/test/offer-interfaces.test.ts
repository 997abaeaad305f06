import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type InterfaceOffers, offerLanInterfaces, offerUplinks } from "../src/index.js";
import { desktop, laptop, withLink, withRoute } from "./fixtures/hosts.js";

const test = suite("host-network offer-interfaces");
const fitting = ({ offers }: InterfaceOffers) => offers.flatMap(({ name, fits }) => (fits ? [name] : []));

test("auto is what lab:up would take, with its reason", () => {
  assert.equal(offerUplinks(desktop).auto, { name: "eth0", reason: "has the only default route" });
  assert.equal(offerLanInterfaces(desktop, "lxc").auto, {
    name: "eth0",
    reason: "has the only default route, and takes nodes as macvlans",
  });
});

test("where auto finds none, the reason says why", () => {
  const none = { ...desktop, routes: [] };
  assert.equal(offerUplinks(none).auto, { name: undefined, reason: "there is no default route" });
  const { auto } = offerLanInterfaces(desktop, "libvirt");
  assert.is(auto.name, undefined);
  assert.match(auto.reason, /^eth0, which has the only default route, is no bridge/);
});

test("the default routes come first, by their order, and what cannot be taken last", () => {
  const host = withRoute(withLink(withLink(desktop, { name: "tun0" }), { name: "eth1", kind: "wired" }), {
    dev: "eth1",
    gateway: "10.0.0.1",
    metric: 600,
  });
  const { offers } = offerUplinks(host);
  assert.equal(
    offers.map(({ name, reason }) => `${name} ${reason}`),
    [
      "eth0 has the default route by 192.168.1.1, metric 0",
      "eth1 has the default route by 10.0.0.1, metric 600",
      "tun0 is a VPN or VIF (tun)",
    ],
  );
});

test("cables of containers and what labs have made are not offered", () => {
  const host = [
    { name: "lo", kind: "loopback" },
    { name: "veth1", kind: "veth" },
    { name: "dummy0", kind: "dummy" },
    { name: "k3slab-a1b2c3", kind: "bridge" },
  ].reduce((seen, link) => withLink(seen, link as Parameters<typeof withLink>[1]), desktop);
  assert.equal(
    offerUplinks(host).offers.map(({ name }) => name),
    ["eth0"],
  );
  assert.equal(
    offerLanInterfaces(host, "lxc").offers.map(({ name }) => name),
    ["eth0"],
  );
});

test("a host that is itself a container leaves by its cable", () => {
  const [eth0] = desktop.links;
  const host = { ...desktop, links: [{ ...eth0, name: "eth0", kind: "veth" }] } as typeof desktop;
  assert.equal(fitting(offerUplinks(host)), ["eth0"]);
  assert.equal(fitting(offerLanInterfaces(host, "lxc")), ["eth0"]);
});

test("Wi-Fi takes VirtualBox's machines, and no others", () => {
  const wifi = laptop.links.find(({ kind }) => kind === "wifi")?.name ?? "";
  assert.ok(fitting(offerLanInterfaces(laptop, "virtualbox")).includes(wifi));
  assert.not.ok(fitting(offerLanInterfaces(laptop, "lxc")).includes(wifi));
});

test.run();
