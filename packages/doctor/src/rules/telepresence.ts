import { askedBeyond } from "@k3s-lab/host-network";
import { isVif, parseCidr } from "@k3s-lab/ip";
import { rule } from "../rule.js";
import type { Survey } from "../survey/survey.js";
import type { TelepresenceSeen } from "../survey/telepresence-seen.js";

export const telepresenceCollides = rule({
  id: "R31",
  title: "Telepresence maps a network that is in use",
  severity: "error",
  why: "It sends traffic for a node, the router or a resolver into the cluster, whose answers come back the same way.",
  remedy: "Disconnect, add the network to never-proxy or remove it from also-proxy, then connect again.",
  link: "docs/telepresence.md#subnets-that-collide",
  reads: ["telepresence"],
  check: (survey) =>
    survey.telepresence
      .filter(({ connected }) => connected)
      .flatMap((connection) =>
        mappedBy(connection).flatMap(({ cidr, how }) =>
          othersOf(survey)
            .filter((other) => parseCidr(cidr).overlaps(parseCidr(other.cidr)) && !isSpared(connection, other.cidr))
            .map(({ what, cidr: taken }) => ({
              subject: `Telepresence${connection.context === undefined ? "" : ` (${connection.context})`}`,
              expected: `${taken}, ${what}, is not mapped`,
              seen: `${how} ${cidr}`,
            })),
        ),
      ),
});

function mappedBy({ subnets, alsoProxy }: TelepresenceSeen) {
  return [
    ...subnets.filter((cidr) => !alsoProxy.includes(cidr)).map((cidr) => ({ cidr, how: "it maps" })),
    ...alsoProxy.map((cidr) => ({ cidr, how: "also-proxy" })),
  ];
}

/** Tells whether never-proxy, whose routes are more specific, spares a network. */
function isSpared({ neverProxy }: TelepresenceSeen, cidr: string): boolean {
  return neverProxy.some((never) => parseCidr(never).contains(parseCidr(cidr)));
}

interface Taken {
  readonly cidr: string;
  readonly what: string;
}

/** Returns the networks that are in use: the lab's LAN, the host's routes that no VIF brought, and resolvers. */
function othersOf({ host, network, nodes = [] }: Survey): readonly Taken[] {
  const vifs = new Set(host.links.filter(isVif).map(({ name }) => name));
  const routes = host.routes
    .filter(({ type, table, dev }) => type === "unicast" && table === "main" && dev !== undefined && !vifs.has(dev))
    .filter(({ dst }) => dst !== "default" && dst !== String(network?.lan.subnet))
    .map(({ dst, dev }) => ({ cidr: dst, what: `the host's route by ${dev}` }));
  const resolvers = [...new Set([...askedBeyond(host), ...nodes.flatMap((node) => node.resolvers)])];
  return [
    ...(network === undefined ? [] : [{ cidr: String(network.lan.subnet), what: "the LAN of the nodes" }]),
    ...routes,
    ...resolvers
      .filter((address) => /^[\d.]+$/.test(address))
      .map((address) => ({ cidr: `${address}/32`, what: "a resolver" })),
  ];
}
