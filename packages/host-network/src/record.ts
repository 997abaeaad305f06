import { parseCidr } from "@k3s-lab/ip";
import type { Lab, StateFile } from "@k3s-lab/lab";
import * as v from "valibot";
import type { HostNetwork } from "./network.js";

/** An IPv4 network: "10.42.0.0/16" in the file, a Cidr once read. */
export const cidrSchema = v.pipe(v.string(), v.regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/), v.transform(parseCidr));

const hostsLan = { subnet: cidrSchema, seed: v.string() };

/** What the nodes are plugged into. */
export const lanSchema = v.variant("kind", [
  v.object({ kind: v.literal("private"), bridge: v.string(), subnet: cidrSchema }),
  v.object({ kind: v.literal("bridge"), bridge: v.string(), ...hostsLan }),
  v.object({ kind: v.literal("virtualbox"), interface: v.string(), hostAddress: v.string(), ...hostsLan }),
  v.object({
    kind: v.literal("macvlan"),
    parent: v.string(),
    shim: v.string(),
    shimMac: v.string(),
    hostAddress: v.string(),
    ...hostsLan,
  }),
]);

/**
 * Gives the LAN in a record of version 1 today's names: the interface of the host was called `bridge` for VirtualBox
 * and `uplink` for macvlan, although it is neither a bridge nor the uplink.
 */
export function migrateLan<Content extends Readonly<Record<string, unknown>>>(
  content: Content,
  version: number,
): Content | undefined {
  if (version !== 1) return undefined;
  const { bridge, uplink, ...lan } = (content.lan ?? {}) as Readonly<Record<string, unknown>>;
  if (lan.kind === "virtualbox") return { ...content, lan: { ...lan, interface: bridge } };
  if (lan.kind === "macvlan") return { ...content, lan: { ...lan, parent: uplink } };
  return content;
}

/** `.lab/host-network.json`. */
export const hostNetworkRecord: StateFile<HostNetwork> = {
  file: "hostNetwork",
  version: 2,
  schema: v.object({
    uplink: v.nullable(
      v.object({ name: v.string(), gateway: v.exactOptional(v.string()), networks: v.array(cidrSchema) }),
    ),
    // Records of earlier releases name none.
    routes: v.optional(
      v.array(v.object({ to: cidrSchema, interface: v.string(), gateway: v.exactOptional(v.string()) })),
      [],
    ),
    lan: lanSchema,
    gateway: v.string(),
    hostAddress: v.exactOptional(v.string()),
    resolvers: v.array(v.string()),
    spareResolvers: v.exactOptional(v.array(v.string())),
    search: v.exactOptional(v.array(v.string())),
    addresses: v.record(v.string(), v.string()),
    podCidr: cidrSchema,
    serviceCidr: cidrSchema,
    clusterDns: v.string(),
  }),
  migrate: migrateLan,
};

/** Reads what was chosen for the lab; undefined before its first lab:up. */
export function readHostNetwork(lab: Pick<Lab, "state">): HostNetwork | undefined {
  return lab.state.read(hostNetworkRecord);
}
