import { type Link, type LinkKind, parseCidr } from "@k3s-lab/ip";
import type { Host } from "../../src/index.js";
import { chooseUplink } from "../../src/choose/uplink.js";
import { buildHost, desktop, laptop, withLink, withRoute } from "../fixtures/hosts.js";
import { refusal } from "../fixtures/labs.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network uplink");
const lan = { name: "eth0", gateway: "192.168.1.1", networks: [parseCidr("192.168.1.0/24")] };

test("the only default route is the uplink's", () => {
  assert.equal(chooseUplink(desktop).uplink, lan);
  assert.is(chooseUplink(desktop).reason, "has the only default route");
  assert.is(chooseUplink(buildHost).uplink?.name, "lan0");
});

test("of several the lowest metric wins, but never a VPN's; all are reported with what speaks against them", () => {
  const { uplink, reason, candidates } = chooseUplink(laptop);
  assert.equal(uplink, { name: "bond0", gateway: "192.168.1.1", networks: [parseCidr("192.168.1.0/24")] });
  assert.is(reason, "has the default route of the lowest metric");
  assert.equal(candidates, [
    { name: "wg0", metric: 50, gateway: undefined, unsuitable: "is a VPN or VIF (wireguard)" },
    { name: "bond0", metric: 100, gateway: "192.168.1.1", unsuitable: undefined },
    { name: "wlp5s0", metric: 600, gateway: "192.168.1.1", unsuitable: undefined },
  ]);
});

test("two halves that a VPN puts before the default route change nothing", () => {
  const halves = ["0.0.0.0/1", "128.0.0.0/1"];
  const host = halves.reduce((all, dst) => withRoute(all, { dst, dev: "tun0" }), withLink(desktop, { name: "tun0" }));
  assert.equal(chooseUplink(host), chooseUplink(desktop));
  // Nor are they a way out where there is no default route.
  const without = { ...host, routes: host.routes.filter(({ dst }) => dst !== "default") };
  assert.is(chooseUplink(without).uplink, null);
  assert.is(chooseUplink(without).reason, "there is no default route");
});

test("where only a VPN has the default route there is no uplink, with the reason", () => {
  const host = withRoute({ ...withLink(desktop, { name: "tun0" }), routes: [] }, { dev: "tun0" });
  assert.is(chooseUplink(host).uplink, null);
  assert.is(chooseUplink(host).reason, "no default route will do: tun0 is a VPN or VIF (tun)");
});

test("a link that is down, gone, unplugged or leads nowhere is passed over", () => {
  const cases = [
    [{ name: "eth1", kind: "wired", up: false }, "is down"],
    [{ name: "eth1", kind: "wired", carrier: false }, "has no carrier"],
    [{ name: "eth1", kind: "dummy" }, "leads nowhere (dummy)"],
    [{ name: "eth2", kind: "wired" }, "is gone"],
  ] as const;
  for (const [link, unsuitable] of cases) {
    const host = { ...withLink(desktop, link), routes: [] };
    const routes = [...withRoute(host, { dev: "eth1", gateway: "10.0.0.1" }).routes, ...desktop.routes];
    const { uplink, candidates, reason } = chooseUplink({ ...host, routes });
    assert.is(uplink?.name, "eth0", unsuitable);
    assert.is(candidates.find(({ name }) => name === "eth1")?.unsuitable, unsuitable);
    assert.is(reason, "has the only default route that will do");
  }
});

test("only what is known to lead out is taken by itself; anything else must be named", () => {
  const second = (kind: LinkKind, ...parts: readonly Partial<Link>[]) => {
    const made = [{ name: "eth1", kind, parent: parts[0]?.name }, ...parts].reduce<Host>(withLink, desktop);
    return withRoute({ ...made, routes: [] }, { dev: "eth1", gateway: "10.0.0.1" });
  };
  const part = (kind: LinkKind): Partial<Link> => ({ name: `${kind}0`, kind, master: "eth1" });
  const below = (kind: LinkKind): Partial<Link> => ({ name: "below", kind });
  for (const [host, isTaken] of [
    [second("wired"), true],
    [second("wifi"), true],
    [second("mobile"), true],
    [second("veth"), true],
    [second("ppp"), true],
    [second("other"), false],
    [second("bridge"), false],
    [second("bridge", part("veth"), part("tap")), true],
    [second("bridge", part("wired"), part("tap"), part("dummy")), true],
    [second("bridge", part("wired"), part("tunnel")), false],
    [second("bridge", part("wired"), part("other")), false],
    [second("bridge", part("tap")), false],
    [second("bond", part("wired"), part("veth")), true],
    [second("bond", part("wired"), part("other")), false],
    [second("vlan", below("veth")), true],
    [second("vlan", below("other")), false],
    [second("macvlan", below("wired")), true],
    [second("macvlan", below("tun")), false],
    // Of a container: what it sits on is in another network namespace.
    [second("macvlan"), true],
  ] as const) {
    const kinds = host.links.slice(1).map(({ kind }) => kind);
    const { uplink, reason } = chooseUplink(host);
    assert.is(uplink?.name, isTaken ? "eth1" : undefined, kinds.join());
    if (!isTaken) {
      assert.match(reason, `eth1 is not known to lead out (${kinds[0]}): name it with network.uplink if it does`);
      assert.is(chooseUplink(host, "eth1").uplink?.name, "eth1", "named, it is taken");
    }
  }
});

test("PPP may be a VPN's: it comes after whatever is surely a way out", () => {
  const host = withRoute(withLink(desktop, { name: "ppp0", kind: "ppp", addresses: ["10.9.8.7/32"] }), { dev: "ppp0" });
  const costly = {
    ...host,
    routes: host.routes.map((route) => (route.dev === "eth0" ? { ...route, metric: 700 } : route)),
  };
  assert.is(chooseUplink(costly).uplink?.name, "eth0");
  const alone = { ...host, routes: host.routes.filter(({ dev }) => dev === "ppp0") };
  assert.equal(chooseUplink(alone).uplink, { name: "ppp0", gateway: undefined, networks: [] });
});

test("network.uplink is taken, with its router, whatever the default route is", () => {
  assert.equal(chooseUplink(laptop, "wlp5s0").uplink, {
    name: "wlp5s0",
    gateway: "192.168.1.1",
    networks: [parseCidr("192.168.1.0/24")],
  });
  // A VPN that has replaced the default route reaches its server by the old router.
  const replaced = {
    ...withLink(desktop, { name: "tun0" }),
    routes: [
      { ...desktop.routes[0]!, dst: "198.51.100.4" },
      { ...desktop.routes[0]!, dev: "tun0" },
    ],
  };
  assert.equal(chooseUplink(replaced, "eth0").uplink, lan);
});

test("network.uplink that is no interface, a VIF or a lab's bridge is refused; one that is down is none for now", () => {
  assert.match(
    refusal(() => chooseUplink(desktop, "eth7")),
    "lab.yaml: network.uplink: eth7 is no interface of this host, expected one of eth0",
  );
  assert.match(
    refusal(() => chooseUplink(laptop, "wg0")),
    "network.uplink: wg0 is a VPN or VIF (wireguard)",
  );
  const other = withLink(desktop, { name: "k3slab-ffffff", kind: "bridge" });
  assert.match(
    refusal(() => chooseUplink(other, "k3slab-ffffff")),
    "belongs to a lab",
  );
  const down = withLink(desktop, { name: "eth1", kind: "wired", up: false });
  assert.is(chooseUplink(down, "eth1").uplink, null);
  assert.is(chooseUplink(down, "eth1").reason, "eth1, named in lab.yaml, is down");
});

test("link-local and single addresses make no network of the uplink", () => {
  const addresses = ["192.168.1.17/24", "192.168.1.18/24", "169.254.7.7/16", "10.0.0.5/32", "172.16.0.9/16"];
  const host = { ...desktop, links: [{ ...desktop.links[0]!, addresses }] };
  assert.equal(chooseUplink(host).uplink?.networks.map(String), ["172.16.0.0/16", "192.168.1.0/24"]);
});

test.run();
