import { z } from "zod";
import { parseRange } from "@k3s-lab/ip";
import { defaultBox, defaultK3sVersion, releaseBaseUrl } from "./defaults.js";

const label = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a DNS label: lower-case letters, digits and -, at most 63");
/** Names that every hosts file has already, or that programs read as an address. */
const nodeName = label
  .regex(/[a-z]/, "must have a letter: a number alone is read as an address")
  .refine((name) => !/^(localhost|broadcasthost|ip6-.+)$/.test(name), "must not be a name that every host has");
const ipv4 = z.ipv4({ message: "must be an IPv4 address such as 192.168.1.110" });
/** "192.168.1.200-192.168.1.220", the lower address first. */
function isRange(text: string): boolean {
  const ends = text.split("-");
  if (ends.length !== 2 || !ends.every((end) => ipv4.safeParse(end).success)) return false;
  const { first, last } = parseRange(text);
  return first <= last;
}

const cidrMessage = "must be auto or an IPv4 network such as 10.42.0.0/16";
const cidrOrAuto = z.union([z.literal("auto"), z.cidrv4(cidrMessage)], cidrMessage);

const node = z.strictObject({
  name: nodeName.describe("Host name and node name."),
  role: z.enum(["server", "agent"]).default("agent").describe("One node is the server; the others are agents."),
  address: ipv4.optional().describe("Static address on the LAN; picked when absent."),
});

const interfaceMessage = "must be auto or an interface such as eth0";
const interfaceOrAuto = z.string(interfaceMessage).regex(/^[^\s/]{1,15}$/, interfaceMessage);
const gatewayMessage = "must be auto or the router's IPv4 address such as 192.168.1.1";
const rangeMessage = "must be auto or a range such as 192.168.1.200-192.168.1.220";

const network = z.strictObject({
  mode: z
    .enum(["private", "bridged"])
    .default("private")
    .describe(
      "private: a bridge of the lab's own, the host is its gateway. bridged: the nodes are on the host's own LAN, the router is their gateway.",
    ),
  subnet: cidrOrAuto
    .default("auto")
    .describe(
      "The LAN's network. private: auto picks one that overlaps no route of the host. bridged: auto takes the interface's own.",
    ),
  uplink: interfaceOrAuto
    .default("auto")
    .describe("private: the host's interface that lab traffic leaves by; auto takes the default route's."),
  interface: interfaceOrAuto
    .default("auto")
    .describe(
      "bridged: what the nodes are plugged into, an existing bridge or a wired interface; auto takes the default route's.",
    ),
  gateway: z
    .union([z.literal("auto"), z.ipv4(gatewayMessage)], gatewayMessage)
    .default("auto")
    .describe("bridged: the router's address; auto takes the host's own default route on the interface."),
  addresses: z
    .union([z.literal("auto"), z.string().refine(isRange, rangeMessage)], rangeMessage)
    .default("auto")
    .describe(
      "bridged: where addresses are picked from for nodes that name none; auto takes the high end of the LAN. Keep it out of the router's DHCP pool.",
    ),
  nameservers: z
    .array(
      ipv4.refine((address) => !address.startsWith("127."), "must be a resolver that nodes can reach, not the host"),
    )
    .default([])
    .describe(
      "Resolvers of the nodes; picked when empty: the host's, never the host itself; bridged: else the router.",
    ),
});

const cluster = z.strictObject({
  source: z
    .enum(["auto", "release", "directory", "modules"])
    .default("auto")
    .describe("Where K3s comes from: a release, a folder, or built from Go modules."),
  version: z
    .string()
    .regex(/^v\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?\+k3s\d+$/, "must be a K3s version such as v1.34.4+k3s1")
    .default(defaultK3sVersion),
  baseUrl: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .default(releaseBaseUrl)
    .describe("Where releases are downloaded from; can be a mirror."),
  directory: z
    .string()
    .min(1)
    .optional()
    .describe("source: directory: folder with k3s, sha256sum-*.txt and image archives."),
  podCidr: cidrOrAuto.default("auto"),
  serviceCidr: cidrOrAuto.default("auto"),
  disable: z
    .array(
      z
        .string()
        .min(1, "must be a component such as traefik")
        .refine((name) => name !== "coredns" && name !== "servicelb", "must stay: the lab's registry needs it"),
    )
    .default([])
    .describe("Packaged components that K3s should not deploy."),
});

const registry = z.strictObject({
  port: z
    .int("must be a whole number from 1 to 65535")
    .min(1, "must be from 1 to 65535")
    .max(65535, "must be from 1 to 65535")
    .refine((port) => port !== 6443 && port !== 10250, "must not be a port of K3s itself")
    .default(5000),
  image: z
    .string()
    .regex(
      /^[A-Za-z0-9]([-A-Za-z0-9._/]|:\d+\/)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
      "must be an image reference such as docker.io/library/registry:3.1.2",
    )
    .default("docker.io/library/registry:3.1.2"),
});

const host = z.strictObject({
  install: z
    .enum(["auto", "never"])
    .default("auto")
    .describe("auto: as root with apt, missing programs are installed."),
  hostsFile: z.boolean().default(true).describe("Whether the server's name is put into the host's hosts file."),
});

const vagrant = z.strictObject({
  provider: z
    .enum(["virtualbox", "libvirt"])
    .default("virtualbox")
    .describe("What runs the machines. libvirt: Linux, plugged into a real bridge of the host."),
  box: z
    .string()
    .regex(/^[^\s\p{C}]+$/u, "must be the name of a box such as generic/alpine319")
    .default(defaultBox)
    .describe("A box with Debian, Ubuntu or Alpine, for the provider."),
  cpus: z
    .int("must be a whole number from 1 to 64")
    .min(1, "must be from 1 to 64")
    .max(64, "must be from 1 to 64")
    .default(2)
    .describe("Processors of each machine."),
  memory: z
    .int("must be a whole number of megabytes, at least 512")
    .min(512, "must be at least 512 megabytes, which an agent of K3s needs")
    .default(4096)
    .describe("Megabytes of each machine."),
  emulate: z
    .boolean()
    .default(false)
    .describe("libvirt: whether processors may be emulated where KVM does not work, 13 to 36 times slower."),
});

const machines = z.strictObject({
  provider: z
    .enum(["auto", "lxc", "vagrant"])
    .default("auto")
    .describe(
      "lxc: Linux containers, as root. vagrant: virtual machines. auto: lxc on Linux, vagrant on macOS and Windows.",
    ),
  vagrant: vagrant.prefault({}),
});

/** lab.yaml, every key with its default. */
export const labConfig = z.strictObject({
  name: label.default("k3s-lab"),
  nodes: z
    .array(node)
    .min(1, "expected at least one node")
    .default([
      { name: "multi", role: "server" },
      { name: "agent1", role: "agent" },
      { name: "agent2", role: "agent" },
    ]),
  machines: machines.prefault({}),
  network: network.prefault({}),
  cluster: cluster.prefault({}),
  registry: registry.prefault({}),
  host: host.prefault({}),
});

export type LabConfig = z.infer<typeof labConfig>;
export type NodeConfig = LabConfig["nodes"][number];
