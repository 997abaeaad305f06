import { judgeNameservers } from "@k3s-lab/host-network";
import { rule } from "../rule.js";
import { defaultRoutes, isUserMode, listed } from "./facts.js";

/** Of user-mode NATs (VirtualBox and QEMU, Lima): they ask the host's own resolver. */
const natProxies: ReadonlySet<string> = new Set(["10.0.2.3", "192.168.5.3"]);

const link = "docs/network.md#resolvers";

export const resolverLeadsBack = rule({
  id: "R6",
  title: "A node's resolver leads back to the host",
  severity: "error",
  why: "A VIF that serves the cluster's names makes lookups loop as requests do: 1,234 queries from one.",
  remedy: "Run `npm run doctor -- --fix`, or name others with network.nameservers in lab.yaml.",
  link,
  mend: "nodes",
  reads: ["network", "nodes"],
  check: ({ host, network, nodes }) =>
    nodes.flatMap(({ machine, resolvers }) =>
      judgeNameservers({ ...host, nameservers: resolvers }).flatMap(({ address, unusable }) => {
        const wrong = natProxies.has(address) ? "is a NAT's proxy, which asks the host's resolver" : unusable;
        if (wrong === undefined) return [];
        return [{ subject: machine.name, expected: listed(network.resolvers), seen: `${address} ${wrong}` }];
      }),
    ),
});

export const sharedResolver = rule({
  id: "R7",
  title: "A node behind a user-mode NAT shares the host's resolver",
  severity: "error",
  why: "Telepresence takes what the host sends to its own resolver, the NAT's queries for the node included: 1,619 from one.",
  remedy: "Name another resolver with network.nameservers in lab.yaml, then run `npm run lab:up`.",
  link,
  reads: ["routedNodes"],
  check: ({ host, routedNodes }) =>
    routedNodes.flatMap((node) => {
      if (!isUserMode(defaultRoutes(node)[0]?.gateway)) return [];
      const shared = node.resolvers.filter((address) => host.nameservers.includes(address));
      if (shared.length === 0) return [];
      return [{ subject: node.machine.name, expected: "another than the host's", seen: listed(shared) }];
    }),
});
