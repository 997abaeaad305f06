import type { Lan } from "@k3s-lab/host-network";
import { parseCidr } from "@k3s-lab/ip";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bridged, hostWith, link, route, survey } from "../fixtures/survey.js";
import { finds, seenBy } from "./expect.js";

const test = suite("rules: the host's routes");
const vif = (name: string, ...cidrs: readonly string[]) =>
  hostWith({ links: [link(name, "tun")], routes: cidrs.map((cidr) => route(cidr, name)) });

test("R10: a route that a VPN brought overlaps", () => {
  const vpn = survey({ host: vif("tun0", "10.0.0.0/8") });
  finds(vpn, ["R10 tun0", "R11 tun0", "R37 tun0"]);
  assert.equal(seenBy(vpn, "R10"), ["the host's route 10.0.0.0/8 (tun0)"]);
  finds(survey({ host: vif("tun0", "10.43.5.0/24") }), ["R10 tun0", "R11 tun0"]);
  finds(survey({ host: hostWith({ routes: [route("10.42.0.0/16", "lan0")] }) }), ["R10 lan0"]);
});

test("R10: a VIF that maps this cluster does not overlap, nor do the halves of a default route", () => {
  finds(survey({ host: vif("tel0", "10.43.0.0/16", "10.42.0.0/24", "10.42.1.0/24") }), ["R11 tel0"]);
  finds(survey({ host: vif("tun0", "0.0.0.0/1", "128.0.0.0/1") }), ["R11 tun0"]);
  finds(survey({ host: vif("tun0", "172.20.0.0/16") }), ["R11 tun0", "R37 tun0"]);
});

test("R10: before the first lab:up, the networks that lab.yaml names count", () => {
  const {
    network: _,
    machines: __,
    nodes: ___,
    routedNodes: ____,
    ...rest
  } = survey({ host: vif("tun0", "10.0.0.0/8") });
  const none = { lab: rest.lab, host: rest.host, unseen: {} };
  finds(none, ["R11 tun0"]);
  const { config } = none.lab;
  const named = { ...config, cluster: { ...config.cluster, serviceCidr: parseCidr("10.96.0.0/16") } };
  finds({ ...none, lab: { ...none.lab, config: named } }, ["R10 tun0", "R11 tun0"]);
});

test("R12: another uplink, another router", () => {
  const moved = (gateway: string, address: string) => {
    const { host } = survey();
    const links = [{ ...link("lan0", "wired", address, "d2:00:00:00:00:10") }, ...host.links.slice(1)];
    return survey({
      host: { ...host, links, routes: [route("default", "lan0", { gateway }), ...host.routes.slice(1)] },
    });
  };
  finds(moved("192.168.77.1", "192.168.77.10/24"), []);
  finds(moved("192.168.77.254", "192.168.77.10/24"), ["R12 host"]);
  const elsewhere = moved("172.16.0.1", "172.16.0.9/24");
  finds(elsewhere, ["R12 host"]);
  assert.equal(seenBy(elsewhere, "R12"), ["lan0 by 172.16.0.1 (172.16.0.0/24)"]);
});

test("R12: a bridged lab on a host that has left its LAN", () => {
  const { host } = bridged();
  const card = { ...link("eth0", "wired"), master: "lan0" };
  const at = (address: string) => bridged({ host: { ...host, links: [link("lan0", "bridge", address), card] } });
  finds(at("192.168.77.10/24"), []);
  finds(at("172.16.0.9/24"), ["R12 host"]);
  finds(bridged({ host: { ...host, links: [] } }), ["R12 host", "R32 host"]);
  const routes = [route("default", "lan0", { gateway: "192.168.77.254" })];
  finds(bridged({ host: { ...host, routes } }), ["R12 host"]);
});

test("R12: VirtualBox's machines on the host's interface, and macvlans on it", () => {
  const { host, network } = bridged();
  if (network === undefined) throw new Error("a bridged lab has a network");
  const { subnet } = network.lan;
  const hostAddress = "192.168.77.10";
  const lans: readonly Lan[] = [
    { kind: "virtualbox", interface: "lan0", hostAddress, subnet, seed: "" },
    {
      kind: "macvlan",
      parent: "lan0",
      shim: "k3shim-a1b2c3",
      shimMac: "02:00:00:00:00:51",
      hostAddress,
      subnet,
      seed: "",
    },
  ];
  for (const lan of lans) {
    const on = (links: typeof host.links) => bridged({ network: { ...network, lan }, host: { ...host, links } });
    finds(on(host.links), []);
    const elsewhere = on([link("lan0", "wired", "172.16.0.9/24")]);
    finds(elsewhere, ["R12 host"]);
    assert.equal(seenBy(elsewhere, "R12"), ["lan0 has 172.16.0.9/24"]);
    assert.equal(seenBy(on([]), "R12"), ["lan0 is gone"]);
  }
});

test("R37: a VPN, but not what maps the lab, and not what network.routes has opened", () => {
  const host = vif("tun0", "10.50.0.0/16", "10.51.0.0/16");
  const vpn = survey({ host });
  finds(vpn, ["R11 tun0", "R37 tun0"]);
  assert.equal(seenBy(vpn, "R37"), ["maps 10.50.0.0/16, 10.51.0.0/16"]);
  const { network, lab } = vpn;
  if (network === undefined) throw new Error("the lab has a network");
  const opened = [{ interface: "tun0", to: [parseCidr("10.48.0.0/14")] }];
  const routes = opened.map(({ interface: name, to: [to] }) => ({ interface: name, to: to!, gateway: undefined }));
  const config = { ...lab.config, network: { ...lab.config.network, routes: opened } };
  finds(survey({ host, network: { ...network, routes }, lab: { ...lab, config } }), ["R11 tun0"]);
});

test("R38: routes that the host has got since, and those that are gone", () => {
  const { host, network } = survey();
  const card = link("eth1", "wired", "172.20.0.9/24");
  const to = { dst: "172.20.0.0/24", dev: "eth1" };
  const plugged = { ...host, links: [...host.links, card], routes: [...host.routes, route(to.dst, to.dev)] };
  const more = survey({ host: plugged });
  finds(more, ["R38 host"]);
  assert.equal(seenBy(more, "R38"), ["nodes have none"]);
  if (network === undefined) throw new Error("the lab has a network");
  const known = { ...network, routes: [{ to: parseCidr(to.dst), interface: "eth1", gateway: undefined }] };
  finds(survey({ host: plugged, network: known }), []);
  finds(survey({ network: known }), ["R38 host"]);
});

test("R32: no way out", () => {
  const { host } = survey();
  finds(survey({ host: { ...host, routes: host.routes.slice(1) } }), ["R32 host"]);
});

test.run();
