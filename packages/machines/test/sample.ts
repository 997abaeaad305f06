import { parseCidr } from "@k3s-lab/ip";
import type { Machines } from "../src/machine.js";

export const labId = "0123ab";

export const wanted: Machines = {
  driver: "lxc",
  machines: [
    {
      name: "multi",
      role: "server",
      address: "10.76.0.10",
      prefixLength: 24,
      mac: "02:00:00:00:00:10",
      interface: "eth0",
    },
    {
      name: "agent1",
      role: "agent",
      address: "10.76.0.11",
      prefixLength: 24,
      mac: "02:00:00:00:00:11",
      interface: "eth0",
    },
  ],
  lan: { kind: "private", bridge: "lab0", subnet: parseCidr("10.76.0.0/24") },
  gateway: "10.76.0.1",
  resolvers: ["192.0.2.53", "192.0.2.54"],
};

export const [multi, agent1] = wanted.machines as [Machines["machines"][0], Machines["machines"][0]];
