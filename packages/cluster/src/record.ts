import { cidrSchema } from "@k3s-lab/host-network/record";
import type { Lab, StateFile } from "@k3s-lab/lab";
import * as v from "valibot";
import type { Cluster } from "./cluster.js";

const releaseFile = v.object({
  name: v.string(),
  size: v.number(),
  sha256: v.string(),
  changed: v.number(),
  images: v.exactOptional(v.array(v.string())),
});

/** `.lab/cluster.json`. */
export const clusterRecord: StateFile<Cluster> = {
  file: "cluster",
  version: 2,
  // Version 2 knows one source more.
  migrate: (older, version) => (version === 1 ? older : undefined),
  schema: v.object({
    source: v.picklist(["release", "directory", "modules", "package"]),
    version: v.string(),
    folder: v.string(),
    binary: releaseFile,
    archives: v.array(releaseFile),
    asked: v.object({
      source: v.picklist(["auto", "release", "directory", "modules", "package"]),
      version: v.string(),
      baseUrl: v.string(),
      directory: v.exactOptional(v.string()),
    }),
    sha256: v.string(),
    server: v.string(),
    api: v.exactOptional(v.string()),
    serverNode: v.string(),
    servers: v.exactOptional(v.array(v.string())),
    kubeconfig: v.string(),
    podCidr: cidrSchema,
    serviceCidr: cidrSchema,
    clusterDns: v.string(),
  }),
};

/** What the last `lab:up` recorded; nothing before the first. */
export function readCluster({ state }: Pick<Lab, "state">): Cluster | undefined {
  return state.read(clusterRecord);
}
