import type { StateFile } from "@k3s-lab/lab";
import * as v from "valibot";
import type { HostNetwork } from "./network.js";

const hostsLan = { subnet: v.string(), seed: v.string() };

/** What the nodes are plugged into. */
export const lanSchema = v.variant("kind", [
  v.object({ kind: v.literal("private"), bridge: v.string(), subnet: v.string() }),
  v.object({ kind: v.literal("bridge"), bridge: v.string(), ...hostsLan }),
  v.object({ kind: v.literal("virtualbox"), bridge: v.string(), hostAddress: v.string(), ...hostsLan }),
  v.object({
    kind: v.literal("macvlan"),
    uplink: v.string(),
    shim: v.string(),
    shimMac: v.string(),
    hostAddress: v.string(),
    ...hostsLan,
  }),
]);

/** `.lab/host-network.json`. */
export const hostNetworkRecord: StateFile<HostNetwork> = {
  file: "hostNetwork",
  version: 1,
  schema: v.object({
    uplink: v.nullable(
      v.object({ name: v.string(), gateway: v.exactOptional(v.string()), networks: v.array(v.string()) }),
    ),
    lan: lanSchema,
    gateway: v.string(),
    resolvers: v.array(v.string()),
    addresses: v.record(v.string(), v.string()),
    podCidr: v.string(),
    serviceCidr: v.string(),
    clusterDns: v.string(),
  }),
};
