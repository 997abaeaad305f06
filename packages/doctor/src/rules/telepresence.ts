import { isVif, parseCidr } from "@k3s-lab/ip";
import { rule } from "../rule.js";
import type { Survey } from "../survey/survey.js";
import type { TelepresenceSeen } from "../survey/telepresence-seen.js";

export const telepresenceCollides = rule({
  id: "R31",
  title: "Telepresence maps what is somebody else's",
  severity: "error",
  why: "It takes what is for a node, the router or a resolver into the cluster, whose answers come back the same way.",
  remedy: "Disconnect, and name the network as never-proxy, or leave it out of also-proxy; then connect again.",
  link: "docs/telepresence.md#subnets-that-collide",
  reads: ["telepresence"],
  check: (survey) =>
    survey.telepresence.flatMap((connection) =>
      mappedBy(connection).flatMap(({ cidr, how }) =>
        othersOf(survey)
          .filter((other) => parseCidr(cidr).overlaps(parseCidr(other.cidr)) && !isSpared(connection, other.cidr))
          .map(({ what, cidr: taken }) => ({
            subject: `Telepresence${connection.context === undefined ? "" : ` (${connection.context})`}`,
            expected: `${taken}, ${what}, is left alone`,
            seen: `${how} ${cidr}`,
          })),
      ),
    ),
});

function mappedBy({ connected, subnets, alsoProxy }: TelepresenceSeen) {
  if (!connected) return [];
  return [
    ...subnets.filter((cidr) => !alsoProxy.includes(cidr)).map((cidr) => ({ cidr, how: "it maps" })),
    ...alsoProxy.map((cidr) => ({ cidr, how: "also-proxy" })),
  ];
}

/** Never-proxy has a route of its own, which goes before. */
function isSpared({ neverProxy }: TelepresenceSeen, cidr: string): boolean {
  return neverProxy.some((never) => parseCidr(never).contains(parseCidr(cidr)));
}

interface Taken {
  readonly cidr: string;
  readonly what: string;
}

/** Networks that are somebody's: the lab's LAN, the host's routes that no VIF brought, and resolvers. */
function othersOf({ host, network, nodes = [] }: Survey): readonly Taken[] {
  const vifs = new Set(host.links.filter(isVif).map(({ name }) => name));
  const routes = host.routes
    .filter(({ type, table, dev }) => type === "unicast" && table === "main" && dev !== undefined && !vifs.has(dev))
    .filter(({ dst }) => dst !== "default" && dst !== String(network?.lan.subnet))
    .map(({ dst, dev }) => ({ cidr: dst, what: `the host's route by ${dev}` }));
  const resolvers = [...new Set([...host.nameservers, ...nodes.flatMap((node) => node.resolvers)])];
  return [
    ...(network === undefined ? [] : [{ cidr: String(network.lan.subnet), what: "the LAN of the nodes" }]),
    ...routes,
    ...resolvers
      .filter((address) => /^[\d.]+$/.test(address))
      .map((address) => ({ cidr: `${address}/32`, what: "a resolver" })),
  ];
}
