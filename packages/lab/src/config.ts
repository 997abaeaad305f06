import { parseCidr, parseRange } from "@k3s-lab/ip";
import * as v from "valibot";

/** The K3s release that is installed unless lab.yaml names another. */
export const defaultK3sVersion = "v1.34.4+k3s1";

const auto = v.literal("auto");
const text = v.string("expected a text");
const integer = v.pipe(v.number("expected a number"), v.integer("expected a whole number"));
const flag = v.boolean("expected true or false");

function oneOf<const Values extends readonly string[]>(...values: Values) {
  return v.picklist(values, `expected ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`);
}

function matching(pattern: RegExp, message: string) {
  return v.pipe(text, v.regex(pattern, message));
}

/** Makes a section of known keys. It is the section, not the key, that reports a missing key. */
function keys<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, ({ expected }) =>
    expected === "Object" ? "expected keys with values" : "expected a value",
  );
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

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
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

const cidrMessage = "must be auto or an IPv4 network such as 10.42.0.0/16";
const cidr = v.pipe(
  matching(new RegExp(String.raw`^(${octet}\.){3}${octet}\/([12]?\d|3[0-2])$`), cidrMessage),
  v.check(
    (written) => String(parseCidr(written)) === written,
    ({ input }) => `expected the network's own address ${parseCidr(input)}`,
  ),
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

const interfaceOrAuto = matching(/^[^\s/]{1,15}$/, "must be auto or an interface such as eth0");
const gatewayMessage = "must be auto or the router's IPv4 address such as 192.168.1.1";

const node = keys({
  name: v.pipe(nodeName, v.description("Host name and node name.")),
  role: key("One node is the server; the others are agents.", oneOf("server", "agent"), "agent"),
  address: v.optional(v.pipe(ipv4, v.description("Static address on the LAN; picked when absent."))),
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
  nameservers: key(
    "Resolvers of the nodes; picked when empty: the host's, never the host itself; bridged: else the router.",
    listOf(
      v.pipe(
        ipv4,
        v.check((address) => !address.startsWith("127."), "must be a resolver that nodes can reach, not the host"),
      ),
    ),
    [],
  ),
});

const cluster = keys({
  source: key(
    "Where K3s comes from: a release, a folder, or built from Go modules.",
    oneOf("auto", "release", "directory", "modules"),
    "auto",
  ),
  version: v.optional(
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
});

const registry = keys({
  port: v.optional(
    v.pipe(
      whole(1, 65_535),
      v.check((port) => port !== 6443 && port !== 10_250, "must not be a port of K3s itself"),
    ),
    5000,
  ),
  image: v.optional(
    matching(
      /^[A-Za-z0-9]([-A-Za-z0-9._/]|:\d+\/)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
      "must be an image reference such as docker.io/library/registry:3.1.2",
    ),
    "docker.io/library/registry:3.1.2",
  ),
});

const host = keys({
  install: key("auto: as root with apt, missing programs are installed.", oneOf("auto", "never"), "auto"),
  hostsFile: key("Whether the server's name is put into the host's hosts file.", flag, true),
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
  cpus: key("Processors of each machine.", whole(1, 64), 2),
  memory: key(
    "Megabytes of each machine.",
    v.pipe(integer, v.minValue(512, "must be at least 512 megabytes, which an agent of K3s needs")),
    4096,
  ),
  emulate: key(
    "libvirt: whether processors may be emulated where KVM does not work, 13 to 36 times slower.",
    flag,
    false,
  ),
});

const machines = keys({
  provider: key(
    "lxc: Linux containers, as root. vagrant: virtual machines. auto: lxc on Linux, vagrant on macOS and Windows.",
    oneOf("auto", "lxc", "vagrant"),
    "auto",
  ),
  vagrant: v.optional(vagrant, {}),
});

/** lab.yaml, every key with its default. */
export const labConfig = keys({
  name: v.optional(matching(label, labelMessage), "k3s-lab"),
  nodes: v.optional(v.pipe(listOf(node), v.minLength(1, "expected at least one node")), [
    { name: "multi", role: "server" },
    { name: "agent1", role: "agent" },
    { name: "agent2", role: "agent" },
  ]),
  machines: v.optional(machines, {}),
  network: v.optional(network, {}),
  cluster: v.optional(cluster, {}),
  registry: v.optional(registry, {}),
  host: v.optional(host, {}),
});

export type LabConfig = v.InferOutput<typeof labConfig>;
export type NodeConfig = LabConfig["nodes"][number];
