import type { StateFile } from "@k3s-lab/lab";
import { lanSchema, migrateLan } from "@k3s-lab/host-network/record";
import * as v from "valibot";
import type { Machines } from "./machine.js";

/** `.lab/machines.json`. */
export const machinesRecord: StateFile<Machines> = {
  file: "machines",
  version: 2,
  schema: v.object({
    driver: v.picklist(["lxc", "docker", "vagrant"]),
    machines: v.array(
      v.object({
        name: v.string(),
        role: v.picklist(["server", "agent"]),
        address: v.string(),
        prefixLength: v.number(),
        mac: v.string(),
        interface: v.string(),
        serviceManager: v.exactOptional(v.picklist(["systemd", "openrc"])),
        memory: v.exactOptional(v.number()),
        cpus: v.exactOptional(v.number()),
      }),
    ),
    lan: lanSchema,
    sharedAddress: v.exactOptional(v.string()),
    gateway: v.string(),
    resolvers: v.array(v.string()),
    insteadOf: v.exactOptional(v.array(v.string())),
    noneKnew: v.exactOptional(v.literal(true)),
    search: v.exactOptional(v.array(v.string())),
    hostAliases: v.exactOptional(v.array(v.object({ ip: v.string(), hostnames: v.array(v.string()) }))),
    mounts: v.exactOptional(
      v.array(
        v.object({
          from: v.string(),
          to: v.string(),
          writable: v.boolean(),
          onServers: v.exactOptional(v.literal(true)),
        }),
      ),
    ),
    docker: v.exactOptional(
      v.object({
        image: v.string(),
        apiPort: v.number(),
        registryPort: v.number(),
        registryNodePort: v.number(),
        ports: v.array(v.string()),
        cache: v.string(),
        relay: v.exactOptional(v.string()),
      }),
    ),
    vagrant: v.exactOptional(
      v.object({
        provider: v.picklist(["virtualbox", "libvirt"]),
        box: v.string(),
        cpus: v.number(),
        memory: v.number(),
        emulate: v.boolean(),
      }),
    ),
  }),
  migrate: migrateLan,
};
