import { obstaclesOf } from "@k3s-lab/host-network";
import { Cidr, parseAddress } from "@k3s-lab/ip";
import type { SetupFacts } from "../facts.js";
import type { VagrantMachine } from "./read-vagrantfile.js";
import type { NetworkSaid, Tell } from "./vagrant-settings.js";

/** Returns the network by which a machine becomes a node; the others are told of. */
export function networkOf({ networks, name }: VagrantMachine, bridged: boolean, note: Tell): NetworkSaid | undefined {
  const [taken, ...others] = networks.toSorted((a, b) => Number(b.kind === "public") - Number(a.kind === "public"));
  for (const { line, kind } of others)
    note(line, `a further network of ${name} (${kind}) is not taken over: nodes have one`);
  if (taken !== undefined && bridged && taken.kind === "private") {
    note(
      taken.line,
      `the private network of ${name} is not taken over: other nodes are on the host's LAN, and so are all`,
    );
    return undefined;
  }
  return taken;
}

/** Returns the first of the named interfaces that the host has; else the one that has its default route. */
export function interfaceOf(machines: readonly VagrantMachine[], { host }: SetupFacts, note: Tell): string {
  const publics = machines.flatMap(({ networks }) => networks.filter(({ kind }) => kind === "public"));
  // VirtualBox' names on macOS: "en0: Wi-Fi".
  const bridges = publics.flatMap(({ bridges: names, line }) =>
    names.map((name) => ({ name: name.split(":")[0] ?? name, line })),
  );
  const found = bridges.find(({ name }) => host.links.some((link) => link.name === name));
  if (found !== undefined) return found.name;
  const [missing] = bridges;
  if (missing !== undefined) {
    const all = [...new Set(bridges.map(({ name }) => name))].join(", ");
    note(missing.line, `the bridge ${all} is no interface of this host: network.interface stays auto`);
  }
  return "auto";
}

/** Returns the network that holds the nodes' addresses; undefined where these cannot be kept, of which is told. */
export function subnetOf(
  networks: readonly (NetworkSaid | undefined)[],
  first: NetworkSaid | undefined,
  { host }: SetupFacts,
  note: Tell,
): Cidr | undefined {
  const said = networks.filter((network) => network?.ip !== undefined);
  const [one] = said;
  if (first === undefined || one?.ip === undefined) return undefined;
  const picked = "addresses are picked instead";
  const mask = one.netmask === undefined ? 24 : bitsOf(one.netmask);
  const valid = said.every(
    (network) => /^(\d{1,3}\.){3}\d{1,3}$/.test(network?.ip ?? "") && isAddress(network?.ip ?? ""),
  );
  if (!valid || mask === undefined)
    return void note(one.line, `${one.ip} is no IPv4 address with a network: ${picked}`);
  const subnet = new Cidr(parseAddress(one.ip), mask);
  const outside = said.find((network) => !subnet.contains(network?.ip ?? ""));
  if (outside !== undefined)
    return void note(outside.line, `${outside.ip} is outside of ${subnet}, in which ${one.ip} is: ${picked}`);
  const host1 = said.find((network) => network?.ip === subnet.at(1));
  if (host1 !== undefined) return void note(host1.line, `${host1.ip} is the host's in a lab's network: ${picked}`);
  const taken = obstaclesOf(host, "").find(({ cidr }) => cidr.overlaps(subnet));
  if (taken !== undefined) return void note(one.line, `${subnet} overlaps ${taken.what}: ${picked}`);
  return subnet;
}

/** Tells whether four numbers with dots are an address. */
export function isAddress(text: string): boolean {
  return text.split(".").every((octet) => Number(octet) <= 255);
}

/** Returns the length of the prefix of a netmask such as 255.255.255.0. */
function bitsOf(netmask: string): number | undefined {
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(netmask) || !isAddress(netmask)) return undefined;
  const bits = 32 - Math.log2(2 ** 32 - parseAddress(netmask));
  return Number.isInteger(bits) && bits >= 8 && bits <= 29 ? bits : undefined;
}
