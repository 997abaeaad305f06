import { type HostNetwork, nodeMac } from "@k3s-lab/host-network";
import { type Lab, parseCidr, Problem } from "@k3s-lab/lab";
import type { Machine, Machines } from "./machine.js";

/** What this package needs to know of the host's side of the LAN. */
export type Network = Pick<HostNetwork, "lan" | "gateway" | "resolvers" | "addresses">;

/** The machines of a lab: pure data of its configuration and its network. */
export function decideMachines(lab: Pick<Lab, "id" | "config">, network: Network): Machines {
  return {
    driver: "lxc",
    machines: lab.config.nodes.map(({ name, role }): Machine => {
      const address = network.addresses[name];
      if (address === undefined) {
        const remedy = "Run `npm run lab:up`, which runs every stage.";
        throw new Problem(name, "has no address in the lab's network", { remedy });
      }
      const { lan } = network;
      const mac = nodeMac(lab.id, name, lan.kind === "private" ? undefined : lan.seed);
      const prefixLength = parseCidr(lan.subnet).bits;
      return { name, role, address, prefixLength, mac, interface: "eth0" };
    }),
    lan: network.lan,
    gateway: network.gateway,
    resolvers: [...network.resolvers],
  };
}
