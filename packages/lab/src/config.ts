import { isIPv6 } from "node:net";
import { parseCidr, parseRange } from "@k3s-lab/ip";
import { didYouMean } from "@k3s-lab/problem";
import * as v from "valibot";
import { labelKeyPattern, labelValuePattern, taintFault, taintPattern } from "./node-labels.js";

/** The K3s release that is installed unless lab.yaml names another. */
export const defaultK3sVersion = "v1.34.4+k3s1";

const auto = v.literal("auto");
const text = v.string("expected a text");
const integer = v.pipe(v.number("expected a number"), v.integer("expected a whole number"));
const flag = v.boolean("expected true or false");

function oneOf<const Values extends readonly string[]>(...values: Values) {
  const expected = `expected ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
  return v.picklist(values, ({ input }) => expected + (typeof input === "string" ? didYouMean(input, values) : ""));
}

function matching(pattern: RegExp, message: string) {
  return v.pipe(text, v.regex(pattern, message));
}

/** Makes a section of known keys. It is the section, not the key, that reports a missing key. */
function keys<const Entries extends v.ObjectEntries>(entries: Entries, otherwise = "expected keys with values") {
  return v.strictObject(entries, ({ expected }) => (expected === "Object" ? otherwise : "expected a value"));
}

/** Makes a key with a default, and the description that editors show. */
function key<const Schema extends v.GenericSchema, const Default extends v.InferInput<Schema>>(
  description: string,
  schema: Schema,
  fallback: Default,
) {
  return v.optional(v.pipe(schema, v.description(description)), fallback);
}

function listOf<const Item extends v.GenericSchema>(item: Item) {
  return v.array(item, "expected a list");
}

function whole(least: number, most: number) {
  const range = `must be from ${least} to ${most}`;
  return v.pipe(integer, v.minValue(least, range), v.maxValue(most, range));
}

const labelPattern = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const label = new RegExp(`^${labelPattern}$`);
const labelMessage = "must be a DNS label: lower-case letters, digits and -, at most 63";
/** A label that no hosts file has already, and that no program reads as an address. */
const nodeName = v.pipe(
  text,
  v.regex(new RegExp(`(?=.*[a-z])${label.source}`), ({ input }) =>
    label.test(input) ? "must have a letter: a number alone is read as an address" : labelMessage,
  ),
  v.check((name) => !/^(localhost|broadcasthost|ip6-.+)$/.test(name), "must not be a name that every host has"),
);

const octet = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const ipv4Pattern = new RegExp(String.raw`^(${octet}\.){3}${octet}$`);
const ipv4 = matching(ipv4Pattern, "must be an IPv4 address such as 192.168.1.110");

const domain = matching(
  new RegExp(String.raw`^(?=.{1,253}$)(?=.*[a-z])${labelPattern}(\.${labelPattern})*$`),
  "must be a domain name such as corp.example, in lower case",
);

const cidrMessage = "must be auto or an IPv4 network such as 10.42.0.0/16";
const cidrPattern = new RegExp(String.raw`^(${octet}\.){3}${octet}\/([12]?\d|3[0-2])$`);
const networkMessage = (written: string) => `expected the network's own address ${parseCidr(written)}`;
const isNetwork = (written: string) => String(parseCidr(written)) === written;
const cidr = v.pipe(
  matching(cidrPattern, cidrMessage),
  v.check(isNetwork, ({ input }) => networkMessage(input)),
);
const routedMessage = "must be an IPv4 network such as 10.50.0.0/16";
const routed = v.pipe(
  matching(cidrPattern, routedMessage),
  v.check(isNetwork, ({ input }) => networkMessage(input)),
  v.transform(parseCidr),
);
const rangeMessage = "must be auto or a range such as 192.168.1.200-192.168.1.220";
const range = v.pipe(
  v.string(rangeMessage),
  v.check((written) => {
    const ends = written.split("-");
    return ends.length === 2 && ends.every((end) => ipv4Pattern.test(end)) && parseRange(written).size > 0;
  }, rangeMessage),
);

/** A value, or auto. The value is made outside the union: a member that transforms hides its own faults there. */
function valueOrAuto<Value>(
  description: string,
  message: string,
  written: v.GenericSchema<string>,
  parse: (written: string) => Value,
) {
  return v.optional(
    v.pipe(
      v.union([auto, written], message),
      v.description(description),
      v.transform((checked): Value | "auto" => (checked === "auto" ? checked : parse(checked))),
    ),
    "auto",
  );
}

function cidrOrAuto(description: string) {
  return valueOrAuto(description, cidrMessage, cidr, parseCidr);
}

const interfacePattern = /^[^\s/]{1,15}$/;
const interfaceOrAuto = matching(interfacePattern, "must be auto or an interface such as eth0");
const gatewayMessage = "must be auto or the router's IPv4 address such as 192.168.1.1";

const labelKey = matching(
  labelKeyPattern,
  "must be a label's key such as tier or example.com/tier: letters, digits, -, _ and ., at most 63",
);
const labelValue = v.pipe(
  v.string("expected a text: true, false and numbers need quotes"),
  v.regex(labelValuePattern, ({ input }) =>
    input.includes("=")
      ? "expected a key with its value, as in { tier: db }"
      : "must be empty, or letters, digits, -, _ and ., at most 63, with a letter or digit at both ends",
  ),
);
const taint = v.pipe(
  text,
  v.regex(taintPattern, ({ input }) => taintFault(input)),
);

const flagName = matching(
  /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  "must be the long name of a flag of K3s without dashes before it, such as kubelet-arg",
);
const flagValue = v.union(
  [text, v.number(), flag, listOf(v.union([text, v.number()], "expected a text or a number"))],
  "expected a text, a number, true, false, or a list of texts",
);

function k3sFlags(description: string) {
  return v.pipe(
    v.record(flagName, flagValue, "expected flags, each with its value, as in { kubelet-arg: [max-pods=50] }"),
    v.description(description),
  );
}

const megabytesMessage = "expected whole megabytes, without a unit, such as 4096";
const megabytes = v.pipe(
  v.number(megabytesMessage),
  v.integer(megabytesMessage),
  v.minValue(512, "must be at least 512 megabytes, which an agent of K3s needs"),
);

const node = keys({
  name: v.pipe(nodeName, v.description("Host name and node name.")),
  role: key(
    "One node is the server, or an odd number of nodes are servers; the others are agents.",
    oneOf("server", "agent"),
    "agent",
  ),
  address: v.optional(v.pipe(ipv4, v.description("Static address on the LAN; picked when absent."))),
  memory: v.optional(
    v.pipe(
      megabytes,
      v.description(
        "Megabytes that the node may use; when absent, all of the host's, and with vagrant machines.vagrant.memory.",
      ),
    ),
  ),
  cpus: v.optional(
    v.pipe(
      whole(1, 1024),
      v.description(
        "Processors that the node may use; when absent, all of the host's, and with vagrant machines.vagrant.cpus.",
      ),
    ),
  ),
  labels: v.optional(
    v.pipe(
      v.record(labelKey, labelValue, "expected labels, each with its value"),
      v.description("Labels of the Node object, such as { tier: db }; others' labels stay."),
    ),
  ),
  taints: v.optional(
    v.pipe(
      listOf(taint),
      v.description("Taints of the Node object, such as gpu=true:NoSchedule; others' taints stay."),
    ),
  ),
  k3s: v.optional(
    k3sFlags(
      "Flags of K3s on this node, as in its config.yaml, in the place of those of cluster.k3s of the same name.",
    ),
  ),
});

const route = keys({
  interface: v.pipe(
    matching(interfacePattern, "must be an interface such as tun0"),
    v.description("The host's interface that leads there; never Telepresence's."),
  ),
  to: v.pipe(
    listOf(routed),
    v.minLength(1, "expected at least one network"),
    v.description("The networks that nodes may reach through it, and no others."),
  ),
});

const network = keys({
  mode: key(
    "private: a bridge of the lab's own, the host is its gateway. bridged: the nodes are on the host's own LAN, the router is their gateway.",
    oneOf("private", "bridged"),
    "private",
  ),
  subnet: cidrOrAuto(
    "The LAN's network. private: auto picks one that overlaps no route of the host. bridged: auto takes the interface's own.",
  ),
  uplink: key(
    "private: the host's interface that lab traffic leaves by; auto takes the default route's.",
    interfaceOrAuto,
    "auto",
  ),
  interface: key(
    "bridged: what the nodes are plugged into, an existing bridge or a wired interface; auto takes the default route's.",
    interfaceOrAuto,
    "auto",
  ),
  gateway: key(
    "bridged: the router's address; auto takes the host's own default route on the interface.",
    v.union([auto, matching(ipv4Pattern, gatewayMessage)], gatewayMessage),
    "auto",
  ),
  addresses: valueOrAuto(
    "bridged: where addresses are picked from for nodes that name none; auto takes the high end of the LAN. Keep it out of the router's DHCP pool.",
    rangeMessage,
    range,
    parseRange,
  ),
  routes: key(
    "private: networks that nodes reach through an interface other than a wired or Wi-Fi card, such as a VPN's; routes of cards apply to nodes anyway.",
    listOf(route),
    [],
  ),
  nameservers: key(
    "Resolvers of the nodes; picked when empty: the host's, never the host itself; else the router.",
    listOf(
      v.pipe(
        ipv4,
        v.check((address) => !address.startsWith("127."), "must be a resolver that nodes can reach, not the host"),
      ),
    ),
    [],
  ),
  search: key(
    "Domains that complete short names on the nodes, and with them in pods; auto takes the host's where nodes ask the servers that the host asks.",
    v.union([auto, listOf(domain)], "must be auto or a list of domains such as [corp.example]"),
    "auto",
  ),
  hostAliases: key(
    "Names for addresses, in nodes and pods, besides the nodes' own.",
    listOf(
      keys({
        ip: v.pipe(ipv4, v.description("The address.")),
        hostnames: v.pipe(
          listOf(domain),
          v.minLength(1, "must name at least one host"),
          v.description("The names that it has."),
        ),
      }),
    ),
    [],
  ),
});

const cluster = keys({
  source: key(
    "Where K3s comes from: a release, a folder, built from Go modules, or an installed npm package with that build. auto: a release where one can be reached, else the package, else building.",
    oneOf("auto", "release", "directory", "modules", "package"),
    "auto",
  ),
  version: key(
    "The release of K3s; of a folder or a package, what is in it counts.",
    matching(/^v\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?\+k3s\d+$/, "must be a K3s version such as v1.34.4+k3s1"),
    defaultK3sVersion,
  ),
  baseUrl: key(
    "Where releases are downloaded from; can be a mirror.",
    v.pipe(
      text,
      v.url("must be an http or https URL"),
      v.check((url) => /^https?:/i.test(url), "must be an http or https URL"),
    ),
    "https://github.com/k3s-io/k3s/releases/download",
  ),
  directory: v.optional(
    v.pipe(
      text,
      v.minLength(1, "must be the path of a folder"),
      v.description("source: directory: folder with k3s, sha256sum-*.txt and image archives."),
    ),
  ),
  address: v.optional(
    v.pipe(
      ipv4,
      v.description(
        "Several servers: the address on the LAN that they share, for the API and the registry; picked when absent.",
      ),
    ),
  ),
  upgradeBatch: key(
    "How many agents are drained and upgraded at a time, after the server.",
    v.pipe(integer, v.minValue(1, "must be at least 1")),
    1,
  ),
  podCidr: cidrOrAuto("The pods' network; auto picks one that overlaps no route of the host."),
  serviceCidr: cidrOrAuto("The Services' network; auto picks one that overlaps no route of the host."),
  disable: key(
    "Packaged components that K3s should not deploy.",
    listOf(
      v.pipe(
        text,
        v.minLength(1, "must be a component such as traefik"),
        v.check((name) => name !== "coredns" && name !== "servicelb", "must stay: the lab's registry needs it"),
      ),
    ),
    [],
  ),
  k3s: v.optional(
    k3sFlags(
      "Flags of K3s on every node, as in its config.yaml, such as { kubelet-arg: [max-pods=50] }; those that only servers have are set there.",
    ),
    {},
  ),
});

const registryHost = String.raw`([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[\da-fA-F:]+\])(:\d{1,5})?`;
/** Of an IPv6 address, which is in brackets as in a URL, no pattern tells whether it is one. */
function hasValidHost(written: string): boolean {
  const [, address] = /^(?:https?:\/\/)?\[([^\]]*)\]/i.exec(written) ?? [];
  return address === undefined || isIPv6(address);
}
const registryMessage = 'must be a registry such as docker.io, 192.168.1.5:5001 or [fd00::5]:5001, or "*"';
const registryName = v.pipe(
  matching(new RegExp(String.raw`^(\*|${registryHost})$`), registryMessage),
  v.check(hasValidHost, registryMessage),
);
const endpointMessage =
  "must be a URL such as http://192.168.1.5:5001 or http://[fd00::5]:5001, without a user name: credentials go into registry.configs";
const endpoint = v.pipe(
  matching(new RegExp(String.raw`^(https?:\/\/)?${registryHost}(\/[^\s?#@]*)?$`, "i"), endpointMessage),
  v.check(hasValidHost, endpointMessage),
);

const path = v.pipe(text, v.minLength(1, "must be the path of a file"));
const secret = keys(
  {
    file: v.optional(
      v.pipe(path, v.description("A file that holds the secret; a relative path begins at lab.yaml's folder.")),
    ),
    env: v.optional(
      v.pipe(
        matching(/^[A-Za-z_]\w*$/, "must be the name of a variable of the environment"),
        v.description("A variable in the environment of `lab:up`."),
      ),
    ),
  },
  "expected file: PATH or env: NAME, which keep the secret out of lab.yaml",
);

const mirror = keys({
  endpoint: v.optional(
    v.pipe(listOf(endpoint), v.description("Where to look for the registry's images, in this order.")),
  ),
  rewrite: v.optional(
    v.pipe(
      v.record(text, text, "expected patterns and what they become"),
      v.description("Regular expressions for names of images, and what they become at the endpoints."),
    ),
  ),
});

const registryConfig = keys({
  auth: v.optional(
    v.pipe(
      keys({
        username: v.optional(
          v.pipe(text, v.minLength(1, "must be a user's name"), v.description("The user's name, with password.")),
        ),
        password: v.optional(v.pipe(secret, v.description("Where the user's password is kept."))),
        auth: v.optional(v.pipe(secret, v.description('Base64 of "user:password".'))),
        identity_token: v.optional(v.pipe(secret, v.description("A token in place of user and password."))),
        docker: v.optional(
          v.pipe(
            flag,
            v.description("Takes what `docker login` or `podman login` has written, or a credential helper keeps."),
          ),
        ),
      }),
      v.description("How nodes sign in."),
    ),
  ),
  tls: v.optional(
    v.pipe(
      keys({
        ca_file: v.optional(v.pipe(path, v.description("The CA's certificate, in PEM; a file of the host."))),
        cert_file: v.optional(v.pipe(path, v.description("The nodes' own certificate, in PEM; a file of the host."))),
        key_file: v.optional(v.pipe(path, v.description("The key of cert_file, in PEM; a file of the host."))),
        insecure_skip_verify: v.optional(
          v.pipe(flag, v.description("Takes any certificate of the registry: anybody on the way may pose as it.")),
        ),
      }),
      v.description("Which certificates are trusted and shown."),
    ),
  ),
});

const login = keys({
  username: key(
    "The user's name.",
    matching(/^[A-Za-z0-9][\w.@-]{0,63}$/, "must be a user's name: letters, digits, -, _, . and @"),
    "lab",
  ),
  password: v.optional(
    v.pipe(secret, v.description("Where the user's password is kept; the lab makes one when absent.")),
  ),
});

const registry = keys({
  port: key(
    "The registry's port, on the server's address.",
    v.pipe(
      whole(1, 65_535),
      v.check((port) => port !== 6443 && port !== 10_250, "must not be a port of K3s itself"),
    ),
    5000,
  ),
  image: key(
    "The image that serves the registry.",
    matching(
      /^[A-Za-z0-9]([-A-Za-z0-9._/]|:\d+\/)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
      "must be an image reference such as docker.io/library/registry:3.1.2",
    ),
    "docker.io/library/registry:3.1.2",
  ),
  garbage: key(
    "Megabytes of replaced images that may gather in the registry before `push` removes them, on the nodes, too. 0: they stay until `gc`.",
    whole(0, 1_000_000),
    2048,
  ),
  auth: key(
    "off: nobody signs in. basic: with a password that the lab makes. Or username and password, which lab.yaml names by file or env.",
    v.union(
      [oneOf("off", "basic"), login],
      "must be off, basic, or username and password: { file: PATH } or { env: NAME }",
    ),
    "off",
  ),
  tls: key("Whether it serves HTTPS, by a certificate of an authority that the lab makes for it.", flag, false),
  cache: key(
    "Registries whose images nodes pull through a cache of the lab's, which outlives it and serves offline what it has.",
    listOf(
      v.pipe(
        registryName,
        v.check((name) => name !== "*", "must name one registry such as docker.io: a cache has one upstream"),
      ),
    ),
    [],
  ),
  mirrors: key(
    "As in K3s' registries.yaml: where else a registry's images can be pulled.",
    v.record(registryName, mirror, "expected registries, each with its endpoint"),
    {},
  ),
  configs: key(
    "As in K3s' registries.yaml: credentials and certificates of a registry or an endpoint, by its host and port.",
    v.record(registryName, registryConfig, "expected registries, each with auth or tls"),
    {},
  ),
});

const proxyMessage = "must be the URL of a proxy such as http://proxy.corp:3128";
/** With or without a scheme and credentials. */
const proxyUrl = matching(
  /^((https?|socks5h?):\/\/)?([^\s/]+@)?(\[[\da-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?\/?$/,
  proxyMessage,
);

const proxies = v.pipe(
  keys({
    http: v.optional(v.pipe(proxyUrl, v.description("The proxy for http URLs."))),
    https: v.optional(v.pipe(proxyUrl, v.description("The proxy for https URLs."))),
    noProxy: v.optional(
      v.pipe(
        v.union([text, listOf(text)], "must be names and networks: a list, or a text with commas"),
        v.description("Names and networks that are reached without a proxy."),
      ),
    ),
  }),
  v.check(({ http, https }) => http !== undefined || https !== undefined, "expected http or https, or none"),
);

const host = keys({
  install: key("auto: as root with apt, missing programs are installed.", oneOf("auto", "never"), "auto"),
  hostsFile: key("Whether the server's name is put into the host's hosts file.", flag, true),
  certificates: key(
    "Files with certificates of authorities for the host's programs, the nodes and containerd to trust, besides those added to the system's.",
    listOf(v.pipe(text, v.minLength(1, "must be the path of a file"))),
    [],
  ),
  proxy: key(
    "The nodes' proxies. auto: those of the shell of the first lab:up; lab:up --take-proxies takes others. none: nodes use none. Or http, https and noProxy, which the host's downloads use, too.",
    v.union([oneOf("auto", "none"), proxies], "must be auto, none, or http, https and noProxy"),
    "auto",
  ),
});

const vagrant = keys({
  provider: key(
    "What runs the machines. libvirt: Linux, plugged into a real bridge of the host.",
    oneOf("virtualbox", "libvirt"),
    "virtualbox",
  ),
  box: key(
    "A box with Debian, Ubuntu or Alpine, for the provider.",
    matching(/^[^\s\p{C}]+$/u, "must be the name of a box such as generic/alpine319"), // The seed names 3.14, which gets no fixes any more.
    "generic/alpine319",
  ),
  cpus: key("Processors of each machine whose node names none.", whole(1, 64), 2),
  memory: key("Megabytes of each machine whose node names none.", megabytes, 4096),
  emulate: key(
    "libvirt: whether processors may be emulated where KVM does not work, 13 to 36 times slower.",
    flag,
    false,
  ),
});

const portOrAuto = v.union([auto, whole(1, 65_535)], "must be auto or a port from 1 to 65535");
const publishedPattern = /^(?:(?:\d{1,3}\.){3}\d{1,3}:)?\d{1,5}:\d{1,5}(?:\/(?:tcp|udp))?$/;
const published = v.pipe(
  matching(
    publishedPattern,
    'must be a port of this host and one of the lab, such as "8080:80" or "0.0.0.0:8080:80/udp"',
  ),
  v.check(
    (written) =>
      (written.match(/\d+(?=:|\/|$)/g) ?? []).slice(-2).every((port) => Number(port) >= 1 && Number(port) <= 65_535),
    "must be ports from 1 to 65535",
  ),
);

const docker = keys({
  apiPort: key(
    "The port of 127.0.0.1 by which this host reaches the cluster's API; auto picks a free one.",
    portOrAuto,
    "auto",
  ),
  registryPort: key(
    "The port of 127.0.0.1 by which this host reaches the registry; auto picks a free one.",
    portOrAuto,
    "auto",
  ),
  ports: key(
    "Ports of this host for LoadBalancer Services: HOST:SERVICE, on 127.0.0.1 unless an address is written before it.",
    listOf(published),
    [],
  ),
  image: key(
    "Where no root file system was built on this host, the image that the nodes' image is made from.",
    matching(/^[^\s\p{C}]+$/u, "must be the name of an image of Debian 12"),
    "docker.io/library/debian:bookworm-slim",
  ),
});

const mount = keys({
  from: v.pipe(
    text,
    v.minLength(1, "must be a folder of this host"),
    v.description("A folder of this host; a relative path begins at lab.yaml's folder."),
  ),
  to: v.pipe(
    matching(/^\/[^\s,]+$/, "must be an absolute path in the machines, without spaces or commas"),
    v.description("Where it is in every machine."),
  ),
  writable: key("Whether machines may change it.", flag, false),
});

const machines = keys({
  provider: key(
    "lxc: Linux containers, as root. docker: containers of Docker. vagrant: virtual machines. auto: lxc as root on Linux, else docker where it answers, else vagrant; a lab that is made keeps its own.",
    oneOf("auto", "lxc", "docker", "vagrant"),
    "auto",
  ),
  mounts: key("Folders of this host in every machine; lxc and docker.", listOf(mount), []),
  docker: key("What is used with docker only.", docker, {}),
  vagrant: key("What is used with vagrant only.", vagrant, {}),
});

/** The prefix of further keys at the top of lab.yaml: nothing reads them, but aliases may refer to them. */
export const extension = "x-";

/** lab.yaml, every key with its default. */
export const labConfig = keys({
  name: key("What the lab is called.", matching(label, labelMessage), "k3s-lab"),
  nodes: key(
    "The nodes: one server or an odd number of them, and agents.",
    v.pipe(listOf(node), v.minLength(1, "expected at least one node")),
    [
      { name: "multi", role: "server" },
      { name: "agent1", role: "agent" },
      { name: "agent2", role: "agent" },
    ],
  ),
  machines: key("What the nodes run on.", machines, {}),
  network: key("The LAN of the nodes, and what they reach.", network, {}),
  cluster: key("K3s, and the networks of the cluster.", cluster, {}),
  registry: key("The registry in the cluster, and what nodes know of others.", registry, {}),
  host: key("What may be changed on this host, and what it tells the nodes.", host, {}),
});

export type LabConfig = v.InferOutput<typeof labConfig>;
export type NodeConfig = LabConfig["nodes"][number];
