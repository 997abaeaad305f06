import { z } from "zod";

/** The K3s release that is installed where nothing else is asked for. */
export const defaultK3sVersion = "v1.34.4+k3s1";
export const releaseBaseUrl = "https://github.com/k3s-io/k3s/releases/download";

const label = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a DNS label: lower-case letters, digits and -, at most 63");
const ipv4 = z.ipv4({ message: "must be an IPv4 address such as 192.168.1.110" });
const cidr = z.cidrv4({ message: "must be an IPv4 network such as 10.42.0.0/16" });
const auto = z.literal("auto");

const node = z.strictObject({
  name: label.describe("Host name and node name."),
  role: z.enum(["server", "agent"]).default("agent").describe("One node is the server; the others are agents."),
  address: ipv4.optional().describe("Static address on the LAN; picked when absent."),
});

const network = z.strictObject({
  mode: z.enum(["private"]).default("private").describe("private: a bridge of the lab's own, the host is its gateway."),
  subnet: z
    .union([auto, cidr])
    .default("auto")
    .describe("The LAN's network; auto picks one that overlaps no route of the host."),
  uplink: z
    .union([auto, z.string().min(1)])
    .default("auto")
    .describe("The host's interface that lab traffic leaves by."),
  nameservers: z.array(ipv4).default([]).describe("Resolvers of the nodes; picked from the host's when empty."),
});

const cluster = z.strictObject({
  source: z
    .enum(["auto", "release", "directory", "modules"])
    .default("auto")
    .describe("Where K3s comes from: a release, a folder, or built from Go modules."),
  version: z
    .string()
    .regex(/^v\d+\.\d+\.\d+/, "must be a version such as v1.34.4+k3s1")
    .default(defaultK3sVersion),
  baseUrl: z.url().default(releaseBaseUrl).describe("Where releases are downloaded from; can be a mirror."),
  directory: z
    .string()
    .min(1)
    .optional()
    .describe("source: directory: folder with k3s, sha256sum-*.txt and image archives."),
  podCidr: z.union([auto, cidr]).default("auto"),
  serviceCidr: z.union([auto, cidr]).default("auto"),
  disable: z.array(z.string().min(1)).default([]).describe("Packaged components that K3s should not deploy."),
});

const registry = z.strictObject({
  port: z.int().min(1).max(65535).default(5000),
  image: z.string().min(1).default("docker.io/library/registry:3.1.2"),
});

const host = z.strictObject({
  install: z
    .enum(["auto", "never"])
    .default("auto")
    .describe("auto: as root with apt, missing programs are installed."),
  hostsFile: z.boolean().default(true).describe("Whether the server's name is put into the host's hosts file."),
});

/** lab.yaml, every key with its default. */
export const labConfig = z.strictObject({
  name: label.default("k3s-lab"),
  nodes: z
    .array(node)
    .min(1)
    .default([
      { name: "multi", role: "server" },
      { name: "agent1", role: "agent" },
      { name: "agent2", role: "agent" },
    ]),
  machines: z.strictObject({ provider: z.enum(["auto", "lxc"]).default("auto") }).prefault({}),
  network: network.prefault({}),
  cluster: cluster.prefault({}),
  registry: registry.prefault({}),
  host: host.prefault({}),
});

export type LabConfig = z.infer<typeof labConfig>;
export type NodeConfig = LabConfig["nodes"][number];
