import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Cidr, parseCidr } from "@k3s-lab/ip";
import * as v from "valibot";
import { type LabConfig, labConfig } from "./config.js";
import type { Finding } from "./describe-issue.js";
import { isOfServers, type K3sFlags, ownerOfFlag } from "./k3s-flags.js";
import { letsLabIn, ownerOfLabel, ownerOfTaint, parseTaint } from "./node-labels.js";
import { privateVirtualBox } from "./provider.js";
import { addressees, hasSeveralServers, serverNames } from "./servers.js";
import { upstreamOf } from "./upstream.js";

export type Section = keyof LabConfig;

/** The checks of what no key shows by itself, each with the sections that it reads. */
const checks: readonly (readonly [readonly Section[], (config: LabConfig) => readonly Finding[]])[] = [
  [["nodes"], roles],
  [["nodes"], (config) => twice(config, "name")],
  [["nodes"], (config) => twice(config, "address")],
  [["nodes"], labels],
  [["nodes"], taints],
  [["nodes"], ({ nodes }) => nodes.flatMap(flagsOfNode)],
  [["cluster"], ({ cluster }) => flagFaults(["cluster", "k3s"], cluster.k3s)],
  [["nodes", "network"], aliases],
  [["nodes", "network"], addresses],
  [["nodes", "network", "cluster"], sharedAddress],
  [["nodes", "network", "cluster"], room],
  [["network"], keysOfMode],
  [["network"], insideSubnet],
  [["nodes", "network", "cluster"], rangeRoom],
  [["network"], (config) => outsideReserved(network(config))],
  [["cluster"], (config) => outsideReserved(clusterNetworks(config))],
  [["cluster"], (config) => overlapping(clusterNetworks(config))],
  [["network", "cluster"], (config) => overlapping([...network(config), ...clusterNetworks(config)])],
  [["network", "cluster"], routesIntoLab],
  [["nodes", "cluster"], podRoom],
  [["cluster"], serviceSize],
  [["cluster"], directory],
  [["registry"], registries],
  [["registry"], ownPassword],
  [["nodes", "registry"], cached],
  [["nodes", "registry"], ownRegistry],
  [["machines"], keysOfProvider],
  [["machines"], mountTargets],
  [["machines", "network"], lanOfProvider],
];

/**
 * Returns what is wrong with a configuration whose types are right. `isRight` tells whether a section can be relied on:
 * a check of one that cannot would only confuse.
 */
export function checkConfig(
  config: LabConfig,
  isRight: (section: Section) => boolean = () => true,
): readonly Finding[] {
  const all = checks.filter(([sections]) => sections.every(isRight)).flatMap(([, check]) => check(config));
  return all.filter(({ message }, index) => all.findIndex((other) => other.message === message) === index);
}

function at(path: Finding["path"], message: string): Finding {
  return { path, message: `${path.join(".")}: ${message}` };
}

/** The servers' store goes on while more than half of them do: one of two could not be spared, as little as one of one. */
function roles(config: LabConfig): readonly Finding[] {
  const servers = serverNames(config).length;
  return servers % 2 === 1
    ? []
    : [at(["nodes"], `an odd number of nodes must have role: server, such as 1 or 3, seen ${servers}`)];
}

function twice({ nodes }: LabConfig, key: "name" | "address"): readonly Finding[] {
  return nodes.flatMap((node, index) => {
    const first = nodes.findIndex((other) => other[key] !== undefined && other[key] === node[key]);
    return first === -1 || first === index
      ? []
      : [at(["nodes", index, key], `${node[key]} is taken by nodes.${first}`)];
  });
}

/** Refuses labels that others keep: the two would set them in turn. */
function labels({ nodes }: LabConfig): readonly Finding[] {
  return nodes.flatMap(({ labels: named = {} }, index) =>
    Object.keys(named).flatMap((key) => {
      const owner = ownerOfLabel(key);
      return owner === undefined ? [] : [{ ...at(["nodes", index, "labels", key], owner), isKey: true }];
    }),
  );
}

/** Refuses taints that others keep, that are given twice, and that would keep the lab's own pods from its server. */
function taints({ nodes }: LabConfig): readonly Finding[] {
  return nodes.flatMap(({ role, taints: written = [] }, index) => {
    const named = written.map(parseTaint);
    return named.flatMap((taint, place) => {
      const path = ["nodes", index, "taints", place];
      const { key, effect } = taint;
      const first = named.findIndex((other) => other.key === key && other.effect === effect);
      const fault =
        ownerOfTaint(taint) ??
        (first < place ? `${key}:${effect} is given by nodes.${index}.taints.${first}` : undefined) ??
        (role === "agent" || letsLabIn(taint) ? undefined : closesServer);
      return fault === undefined ? [] : [at(path, `${fault}, seen ${written[place]}`)];
    });
  });
}

const closesServer =
  "would keep the lab's registry and CoreDNS from the server, expected PreferNoSchedule, CriticalAddonsOnly=true:NoSchedule or node-role.kubernetes.io/control-plane:NoSchedule";

function flagsOfNode({ role, k3s = {} }: LabConfig["nodes"][number], index: number): readonly Finding[] {
  const path = ["nodes", index, "k3s"];
  const idle = role === "server" ? [] : Object.keys(k3s).filter((flag) => isOfServers(flag));
  return [
    ...flagFaults(path, k3s),
    ...idle.map((flag) => ({ ...at([...path, flag], "is a flag of servers only, seen on an agent"), isKey: true })),
  ];
}

/** Refuses flags that the lab sets itself: of two settings K3s would take one, and the other would be believed. */
function flagFaults(path: Finding["path"], flags: K3sFlags): readonly Finding[] {
  return Object.keys(flags).flatMap((flag) => {
    const owner = ownerOfFlag(flag);
    return owner === undefined ? [] : [{ ...at([...path, flag], owner), isKey: true }];
  });
}

/** Refuses to give a node's name to another address: which of the two a node takes would be chance. */
function aliases({ nodes, network: { hostAliases } }: LabConfig): readonly Finding[] {
  return hostAliases.flatMap(({ hostnames }, index) =>
    hostnames
      .filter((name) => name === "localhost" || nodes.some((node) => node.name === name))
      .map((name) =>
        at(
          ["network", "hostAliases", index, "hostnames"],
          `${name} is ${name === "localhost" ? "every host's own name" : "a node's name"}`,
        ),
      ),
  );
}

function addresses({ nodes, network: settings }: LabConfig): readonly Finding[] {
  return nodes.flatMap(({ address }, index) => {
    const wrong = address === undefined ? undefined : misplaced(address, settings);
    return wrong === undefined ? [] : [at(["nodes", index, "address"], wrong)];
  });
}

function sharedAddress(config: LabConfig): readonly Finding[] {
  const { address } = config.cluster;
  if (address === undefined) return [];
  const place = ["cluster", "address"];
  if (!hasSeveralServers(config)) return [at(place, "is used with several servers only, seen one")];
  const owner = config.nodes.findIndex((node) => node.address === address);
  if (owner !== -1) return [at(place, `${address} is taken by nodes.${owner}`)];
  const wrong = misplaced(address, config.network);
  return wrong === undefined ? [] : [at(place, wrong)];
}

function misplaced(address: string, { mode, subnet, gateway }: LabConfig["network"]): string | undefined {
  const isBridged = mode === "bridged";
  if (isBridged && address === gateway) return `${address} is the router's, network.gateway`;
  if (subnet !== "auto") {
    const isHost = !isBridged && address === subnet.at(1);
    return isHost ? `${address} is the host's in ${subnet}, as the nodes' gateway` : special(address, subnet);
  }
  // Only the host knows what its own LAN is, unless lab.yaml names it.
  return isBridged ? undefined : `needs network.subnet, expected a network that holds ${address}`;
}

function special(address: string, subnet: Cidr): string | undefined {
  if (!subnet.contains(address)) return `${address} is outside network.subnet ${subnet}`;
  const ends: Readonly<Record<string, string>> = {
    [subnet.at(subnet.size - 1)]: `${address} is the broadcast address of ${subnet}`,
    [subnet.at(0)]: `${address} is the network itself in ${subnet}`,
  };
  return ends[address];
}

/** No node has the address of the network, of the host (or the router), or of broadcasts. */
function room(config: LabConfig): readonly Finding[] {
  const { subnet } = config.network;
  if (subnet === "auto") return [];
  const places = Math.max(0, subnet.size - 3);
  const wanted = addressees(config).length;
  return places >= wanted
    ? []
    : [at(["network", "subnet"], `${subnet} has room for ${places} addresses, expected ${wanted}`)];
}

/** What every key is without a lab.yaml. */
const defaults = v.parse(labConfig, {});

type Settings = Readonly<Record<string, unknown>>;

/** Returns the keys of a section that are not as in another. */
function changed(settings: Settings, otherwise: Settings): readonly string[] {
  return Object.keys(settings).filter((key) => !isDeepStrictEqual(settings[key], otherwise[key]));
}

/** Refuses a key that does nothing in this mode: it was meant to do something. */
function keysOfMode({ network: settings }: LabConfig): readonly Finding[] {
  const { mode } = settings;
  const idle = mode === "bridged" ? (["uplink", "routes"] as const) : (["interface", "gateway", "addresses"] as const);
  const other = mode === "bridged" ? "private" : "bridged";
  const meant = (key: string) => (key === "uplink" ? " (network.interface names what the nodes are plugged into)" : "");
  const used = changed(settings, defaults.network);
  return idle
    .filter((key) => used.includes(key))
    .map((key) => at(["network", key], `is used with mode: ${other} only, seen mode: ${mode}${meant(key)}`));
}

/** The router, and both ends of what is picked from. */
function insideSubnet({ network: { mode, subnet, gateway, addresses: range } }: LabConfig): readonly Finding[] {
  if (mode !== "bridged" || subnet === "auto") return [];
  const ends = range === "auto" ? [] : String(range).split("-");
  const outside = ends.find((end) => !subnet.contains(end));
  const router = gateway === "auto" ? undefined : special(gateway, subnet);
  return [
    ...(router === undefined ? [] : [at(["network", "gateway"], router)]),
    ...(outside === undefined ? [] : [at(["network", "addresses"], `${outside} is outside network.subnet ${subnet}`)]),
  ];
}

function rangeRoom(config: LabConfig): readonly Finding[] {
  const { addresses: range } = config.network;
  if (range === "auto") return [];
  const all = addressees(config);
  const named = all.flatMap(({ address }) => address ?? []);
  const unnamed = all.length - named.length;
  const places = range.take(all.length + named.length).filter((address) => !named.includes(address)).length;
  return places >= unnamed
    ? []
    : [at(["network", "addresses"], `${range} has room for ${places} addresses, expected ${unnamed}`)];
}

type Network = readonly [path: Finding["path"], cidr: Cidr];

function network(config: LabConfig): readonly Network[] {
  return given(["network", "subnet"], config.network.subnet);
}

function clusterNetworks({ cluster }: LabConfig): readonly Network[] {
  return [...given(["cluster", "podCidr"], cluster.podCidr), ...given(["cluster", "serviceCidr"], cluster.serviceCidr)];
}

function given(path: Network[0], cidr: Cidr | "auto"): readonly Network[] {
  return cidr === "auto" ? [] : [[path, cidr]];
}

/** The networks that no machine can be in. */
const reserved = {
  "0.0.0.0/8": "this network",
  "127.0.0.0/8": "loopback",
  "169.254.0.0/16": "link-local",
  "224.0.0.0/3": "multicast",
};

function outsideReserved(networks: readonly Network[]): readonly Finding[] {
  return networks.flatMap(([path, cidr]) => {
    const found = Object.entries(reserved).find(([other]) => cidr.overlaps(parseCidr(other)));
    return found ? [at(path, `${cidr} overlaps ${found[0]} (${found[1]})`)] : [];
  });
}

function overlapping(networks: readonly Network[]): readonly Finding[] {
  return networks.flatMap(([path, cidr], index) =>
    networks
      .slice(0, index)
      .filter(([, other]) => cidr.overlaps(other))
      .map(([otherPath, other]) => at(path, `${cidr} overlaps ${otherPath.join(".")} ${other}`)),
  );
}

/** Refuses networks inside the lab's own. A larger one may hold these, which stay out of it. */
function routesIntoLab(config: LabConfig): readonly Finding[] {
  const named = config.network.routes.flatMap(({ to }, index) =>
    to.map((cidr, each): Network => [["network", "routes", index, "to", each], cidr]),
  );
  const owned = named.flatMap(([path, cidr]) =>
    [...network(config), ...clusterNetworks(config)]
      .filter(([, own]) => own.contains(cidr))
      .map(([otherPath, own]) => at(path, `${cidr} is in the lab's own ${otherPath.join(".")} ${own}`)),
  );
  return [...outsideReserved(named), ...owned];
}

/** Kubernetes hands each node a /24 of the pods' network. */
function podRoom({ nodes, cluster: { podCidr } }: LabConfig): readonly Finding[] {
  if (podCidr === "auto") return [];
  const places = Math.floor(2 ** (24 - podCidr.bits));
  return places >= nodes.length
    ? []
    : [at(["cluster", "podCidr"], `${podCidr} has room for ${places} nodes with a /24 each, expected ${nodes.length}`)];
}

/** The API server takes /12 at most. The tenth address is CoreDNS', and a lab has more Services than that. */
function serviceSize({ cluster: { serviceCidr } }: LabConfig): readonly Finding[] {
  if (serviceCidr === "auto") return [];
  const { bits } = serviceCidr;
  return bits >= 12 && bits <= 27 ? [] : [at(["cluster", "serviceCidr"], `expected /12 to /27, seen ${serviceCidr}`)];
}

function directory({ cluster }: LabConfig): readonly Finding[] {
  if (cluster.source === "directory" && cluster.directory === undefined) {
    return [
      { path: ["cluster", "source"], message: "cluster.directory: is missing, expected the folder that holds k3s" },
    ];
  }
  if (cluster.source !== "directory" && cluster.directory !== undefined) {
    return [at(["cluster", "directory"], `is used with source: directory only, seen source: ${cluster.source}`)];
  }
  return [];
}

/** The lab's own registry is configured by k3s-lab alone: every node must find it. */
function ownRegistry({ nodes, registry }: LabConfig): readonly Finding[] {
  const own = `${nodes.find(({ role }) => role === "server")?.name}:${registry.port}`;
  return (["mirrors", "configs"] as const)
    .filter((key) => Object.hasOwn(registry[key], own))
    .map((key) => ({
      ...at(
        ["registry", key, own],
        "is the lab's own registry, which registry.auth and registry.tls secure; expected another one",
      ),
      isKey: true,
    }));
}

function registries({ registry: { configs } }: LabConfig): readonly Finding[] {
  return Object.entries(configs).flatMap(([name, { auth, tls }]) => {
    const place = ["registry", "configs", name];
    return [
      ...(auth === undefined ? [] : loginFaults([...place, "auth"], auth)),
      ...(tls === undefined || (tls.cert_file === undefined) === (tls.key_file === undefined)
        ? []
        : [at([...place, "tls"], "cert_file and key_file belong together, seen only one of them")]),
    ];
  });
}

/** Refuses caches that could not ask their upstream. */
function cached({ nodes, registry }: LabConfig): readonly Finding[] {
  const own = `${nodes.find(({ role }) => role === "server")?.name}:${registry.port}`;
  return registry.cache.flatMap((name, index) => {
    const place = ["registry", "cache", index];
    const upstream = upstreamOf(name, registry);
    const { auth, tls } = upstream.config ?? {};
    return [
      ...(name === own ? [at(place, "is the lab's own registry, expected another one")] : []),
      ...(registry.cache.indexOf(name) < index ? [at(place, `${name} is named twice`)] : []),
      ...(new URL(upstream.url).pathname === "/"
        ? []
        : [at(place, `${upstream.url} has a path, which a cache cannot ask for; expected a host`)]),
      ...(auth?.identity_token === undefined
        ? []
        : [at(place, "a cache cannot sign in by an identity_token, expected username and password, auth, or docker")]),
      ...(tls?.insecure_skip_verify === true || tls?.cert_file !== undefined
        ? [at(place, `a cache checks the certificate of ${upstream.url}, and shows none; expected ca_file alone`)]
        : []),
    ];
  });
}

function ownPassword({ registry: { auth } }: LabConfig): readonly Finding[] {
  if (typeof auth === "string" || auth.password === undefined || isNamedOnce(auth.password)) return [];
  return [at(["registry", "auth", "password"], eitherPlace)];
}

const eitherPlace = "expected either file: PATH or env: NAME";

function isNamedOnce({
  file,
  env,
}: {
  readonly file?: string | undefined;
  readonly env?: string | undefined;
}): boolean {
  return (file === undefined) !== (env === undefined);
}

type Login = NonNullable<LabConfig["registry"]["configs"][string]["auth"]>;

function loginFaults(path: readonly string[], auth: Login): readonly Finding[] {
  const { username, password, auth: encoded, identity_token: token, docker = false } = auth;
  const ways = [username ?? password, encoded, token, docker || undefined].filter((way) => way !== undefined);
  const secrets = Object.entries({ password, auth: encoded, identity_token: token });
  return [
    // containerd looks up credentials by exactly the host that it asks.
    ...(path.at(-2) === "*" ? [at(path, 'is used for no registry under "*", expected the name of one')] : []),
    ...(ways.length === 1
      ? []
      : [at(path, "expected one of username and password, auth, identity_token, or docker: true")]),
    ...((username === undefined) === (password === undefined)
      ? []
      : [at(path, "username and password belong together, seen only one of them")]),
    ...secrets.filter(([, secret]) => secret && !isNamedOnce(secret)).map(([key]) => at([...path, key], eitherPlace)),
  ];
}

/** Refuses keys as far as lab.yaml alone can tell: what `provider: auto` stands for depends on the host. */
function keysOfProvider({ machines: { provider, vagrant, docker, mounts } }: LabConfig): readonly Finding[] {
  const unused = (of: "vagrant" | "docker") =>
    changed(of === "vagrant" ? vagrant : docker, defaults.machines[of]).map((key) =>
      at(["machines", of, key], `is used with provider: ${of} only, seen provider: ${provider}`),
    );
  if (provider === "lxc") return [...unused("vagrant"), ...unused("docker")];
  if (provider === "docker") return unused("vagrant");
  const emulated =
    vagrant.emulate && vagrant.provider === "virtualbox"
      ? [at(["machines", "vagrant", "emulate"], "is used with provider: libvirt only, VirtualBox cannot emulate")]
      : [];
  if (provider === "auto") return emulated;
  const mounted =
    mounts.length > 0
      ? [at(["machines", "mounts"], "is used with provider: lxc and docker only, seen provider: vagrant")]
      : [];
  return [...mounted, ...unused("docker"), ...emulated];
}

/** Folders of a machine that it cannot do without, or that the lab itself puts there; what is below them may be covered. */
const ownFolders = (
  "/bin /dev /etc /lib /lib64 /proc /run /sbin /sys /tmp /usr /var /usr/bin /usr/lib /usr/local /usr/local/bin /usr/sbin " +
  "/var/cache /var/lib /var/run /etc/rancher /var/cache/k3s-lab /var/lib/kubelet /var/lib/rancher"
).split(" ");

/** Refuses folders that would cover what a machine needs, or one another. */
function mountTargets({ machines: { mounts } }: LabConfig): readonly Finding[] {
  const targets = mounts.map(({ to }) => posix.join(to, "/").replace(/(?!^)\/$/, ""));
  return targets.flatMap((target, index) => {
    const path = ["machines", "mounts", index, "to"];
    const first = targets.indexOf(target);
    if (first < index) return [at(path, `${target} is taken by machines.mounts.${first}`)];
    if (target !== "/" && !ownFolders.includes(target)) return [];
    return [at(path, `${target} is the machine's own, expected a folder that it can do without, such as /src`)];
  });
}

/** Refuses a LAN that the provider cannot make safe; see docs/network.md. */
function lanOfProvider({ machines: { provider, vagrant }, network: { mode } }: LabConfig): readonly Finding[] {
  if (provider === "docker" && mode === "bridged") {
    return [
      at(["network", "mode"], "cannot be bridged with provider: docker, whose network is its own; expected private"),
    ];
  }
  if (provider !== "vagrant" || vagrant.provider !== "virtualbox" || mode === "bridged") return [];
  return [at(["network", "mode"], privateVirtualBox)];
}
