import type { VagrantPlan } from "../../../src/drivers/vagrant/plan.js";

/** The seed's lab. */
export const plan: VagrantPlan = {
  labId: "0123ab",
  provider: "virtualbox",
  machines: [
    { name: "multi", role: "server", address: "192.168.1.110", prefixLength: 24, mac: "02:00:00:00:00:0a" },
    { name: "agent1", role: "agent", address: "192.168.1.111", prefixLength: 24, mac: "02:00:00:00:00:0b" },
    { name: "agent2", role: "agent", address: "192.168.1.112", prefixLength: 24, mac: "02:00:00:00:00:0c" },
  ],
  bridge: "wlp5s0",
  gateway: "192.168.1.1",
  resolvers: ["8.8.8.8"],
  cpus: 2,
  memory: 4096,
  box: "generic/alpine319",
  emulate: false,
};

export const network = {
  mac: "02:00:00:00:00:0a",
  address: "192.168.1.110",
  prefixLength: 24,
  gateway: "192.168.1.1",
  resolvers: ["8.8.8.8", "9.9.9.9"],
};
