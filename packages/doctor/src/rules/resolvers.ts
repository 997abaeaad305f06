import { askedBeyond, namesNeeded, waysOut, whyUnusable } from "@k3s-lab/host-network";
import { rule } from "../rule.js";
import type { Survey } from "../survey/survey.js";
import { defaultRoutes, isUserMode, listed } from "./facts.js";

/** The resolvers of user-mode NATs (VirtualBox and QEMU, Lima), which ask the host's own resolver. */
const natProxies: ReadonlySet<string> = new Set(["10.0.2.3", "192.168.5.3"]);

const link = "docs/network.md#resolvers";

export const resolverLeadsBack = rule({
  id: "R6",
  title: "A node's resolver leads back to the host",
  severity: "error",
  why: "Through a VIF that resolves the cluster's names, lookups loop as requests do: one query became 1,234.",
  remedy: "Run `npm run doctor -- --fix`, or name other resolvers with network.nameservers in lab.yaml.",
  link,
  repair: "machines",
  reads: ["network", "nodes"],
  check: ({ host, network, nodes }) =>
    nodes.flatMap(({ machine, resolvers }) =>
      resolvers.flatMap((address) => {
        const wrong = natProxies.has(address)
          ? "is the proxy of a NAT, which asks the host's resolver"
          : whyUnusable(host, waysOut(network), address);
        return wrong === undefined
          ? []
          : [{ subject: machine.name, expected: listed(network.resolvers), seen: `${address} ${wrong}` }];
      }),
    ),
});

export const nodeKnowsNoName = rule({
  id: "R33",
  title: "A node resolves no names",
  severity: "warning",
  why: "It pulls no image by name, except from the lab's own registry.",
  remedy: "Name a resolver that nodes reach with network.nameservers in lab.yaml, then run `npm run lab:up`.",
  link,
  reads: ["network", "nodes"],
  check: ({ lab, nodes }) =>
    nodes.flatMap(({ machine, lookup, podLookup, resolvers }) => {
      if (lookup === undefined || lookup === "known") return [];
      const pods = podLookup === "knows it" ? "its pods do" : "nor do its pods";
      const seen = lookup === "nobody" ? "no resolver to ask" : `no address from ${listed(resolvers)}`;
      return [{ subject: machine.name, expected: expectedOf(lab), seen: `${seen}; ${pods}` }];
    }),
});

export const podKnowsNoName = rule({
  id: "R34",
  title: "Pods on a node resolve no names",
  severity: "warning",
  why: "The node itself does, so the cluster's DNS server, or the way to it, fails.",
  remedy: "See `npm run kubectl -- -n kube-system logs deployment/coredns`.",
  link,
  reads: ["network", "nodes"],
  check: ({ lab, network, nodes }) =>
    nodes.flatMap(({ machine, lookup, podLookup }) =>
      lookup !== "known" || podLookup === undefined || podLookup === "knows it"
        ? []
        : [{ subject: machine.name, expected: expectedOf(lab), seen: `${network.clusterDns} ${podLookup}` }],
    ),
});

/** The names that are asked for, one of which is enough. */
function expectedOf(lab: Survey["lab"]): string {
  return `an address for ${namesNeeded(lab).join(" or ")}`;
}

export const sharedResolver = rule({
  id: "R7",
  title: "A node behind a user-mode NAT shares the host's resolver",
  severity: "error",
  why: "Telepresence intercepts what the host sends to its resolver, including the queries that the NAT sends for the node: one query became 1,619.",
  remedy: "Name another resolver with network.nameservers in lab.yaml, then run `npm run lab:up`.",
  link,
  reads: ["routedNodes"],
  check: ({ host, routedNodes }) =>
    routedNodes.flatMap((node) => {
      const shared = node.resolvers.filter((address) => askedBeyond(host).includes(address));
      return shared.length > 0 && isUserMode(defaultRoutes(node)[0]?.gateway)
        ? [{ subject: node.machine.name, expected: "other resolvers than the host's", seen: listed(shared) }]
        : [];
    }),
});
