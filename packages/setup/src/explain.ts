import { type Answers } from "./answers.js";
import { driverOf, interfaceOffers } from "./choices.js";
import type { SetupFacts } from "./facts.js";

/** What explains a value in lab.yaml, by its key: "network.uplink". */
export type Comments = Readonly<Partial<Record<string, string>>>;

/** Explains answers by the host, for comments of lab.yaml and for a person. */
export function explain(answers: Answers, facts: SetupFacts): Comments {
  const driver = driverOf(answers, facts);
  const isAuto = answers.driver === "auto";
  const { auto } = interfaceOffers(answers.mode, driver, facts);
  const named = answers.mode === "bridged" ? answers.interface : answers.uplink;
  const which = auto.name === undefined ? "auto finds none here" : `auto: ${auto.name}, which ${auto.reason}`;
  const isPrivate = answers.mode === "private";
  return {
    name: "the lab, its cluster, and the context in its kubeconfig",
    nodes: "one server, or three in containers; names are host names and node names",
    "machines.provider": isAuto ? `auto comes to ${drivers[driver]} here` : drivers[driver],
    "machines.vagrant.provider": "virtualbox; or libvirt, on Linux",
    "machines.vagrant.box": "Alpine, Debian or Ubuntu",
    "machines.vagrant.cpus": "of each machine",
    "machines.vagrant.memory": `megabytes of each machine; this host has ${facts.memory}`,
    "network.mode": isPrivate
      ? "a bridge of the lab's own; bridged: the host's own LAN, with its router"
      : "the host's own LAN, with its router; private: a bridge of the lab's own",
    "network.subnet": isPrivate ? "auto overlaps no route of the host" : "auto is that of the LAN",
    "network.uplink": named === "auto" ? which : "the way out of the nodes",
    "network.interface": named === "auto" ? which : "what the nodes are plugged into",
    "network.gateway": "the LAN's router; auto is the host's own",
    "network.nameservers": "resolvers of the nodes; none: the host's that they can reach",
    "cluster.version": "a release of K3s",
  };
}

const drivers = {
  lxc: "Linux containers",
  docker: "containers of Docker",
  virtualbox: "virtual machines",
  libvirt: "virtual machines",
} as const;
