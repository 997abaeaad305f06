import { rule } from "../rule.js";
import { defaultRoutes, describeRoute, hostLinkAt, isUserMode, listed, macAt, remedies } from "./facts.js";
import { isHostGuarded } from "./host-side.js";

const why = "docs/network.md#why-no-request-can-loop";

export const hostIsNextHop = rule({
  id: "R1",
  title: "A node's requests come back to the host",
  severity: "error",
  why: "A request that no node serves returns to the host, whose VIF maps it into the cluster again: one connection became 2,000.",
  remedy: "Run `npm run doctor -- --fix`; on a bridged LAN, name the router's own address with network.gateway.",
  link: why,
  repair: "cluster",
  reads: ["network", "routedNodes"],
  check: ({ host, network, routedNodes, hostPlan }) =>
    routedNodes.flatMap((node) => {
      const gateway = defaultRoutes(node)[0]?.gateway;
      if (gateway === undefined || isUserMode(gateway)) return [];
      const link = hostLinkAt(host, node, gateway);
      const subject = node.machine.name;
      if (network.lan.kind === "private") {
        if (link === undefined || isHostGuarded(hostPlan) || node.guard.guarding) return [];
        const expected = "a guard on the node or on the host, which is its gateway";
        return [{ subject, expected, seen: `next hop ${gateway} is the host (${link}), and neither is guarded` }];
      }
      const expected = `next hop ${network.gateway}, the LAN's router`;
      if (link !== undefined) return [{ subject, expected, seen: `next hop ${gateway} is the host itself (${link})` }];
      const mac = macAt(node, gateway);
      const routers = host.neighbours.filter(({ address }) => address === gateway).map((each) => each.mac);
      return mac === undefined || routers.length === 0 || routers.includes(mac)
        ? []
        : [{ subject, expected, seen: `${gateway} is ${mac} for the node and ${listed(routers)} for the host` }];
    }),
});

export const lanIsNotTheWayOut = rule({
  id: "R2",
  title: "A node's way out is not the lab's LAN",
  severity: "error",
  why: "A second card whose default route wins, such as Vagrant's NAT, leads through the host, however the bridged card is set up.",
  remedy: remedies.setRoute,
  link: why,
  repair: "machines",
  reads: ["network", "routedNodes"],
  check: ({ network, routedNodes }) =>
    routedNodes.flatMap((node) => {
      const { name: subject, interface: link } = node.machine;
      const [best] = defaultRoutes(node);
      const isLan = best?.dev === link && best.gateway === network.gateway;
      return isLan || isUserMode(best?.gateway)
        ? []
        : [{ subject, expected: `default route by ${network.gateway} and ${link}`, seen: describeRoute(best) }];
    }),
});

export const userModeGateway = rule({
  id: "R3",
  title: "A node's way out is a user-mode NAT of the host",
  severity: "error",
  why: "A user-mode NAT opens each connection again on the host, past every rule on forwarding: only the node guard stops it.",
  remedy: "Set the node's default route to the LAN's router (`npm run doctor -- --fix`), and keep the node guarded.",
  link: why,
  repair: "machines",
  reads: ["network", "routedNodes"],
  check: ({ network, routedNodes }) =>
    routedNodes.flatMap((node) => {
      const [best] = defaultRoutes(node);
      const guarded = node.guard.guarding ? "the node is guarded" : "the node is not guarded";
      const seen = `${describeRoute(best)}, a user-mode NAT; ${guarded}`;
      return isUserMode(best?.gateway)
        ? [{ subject: node.machine.name, expected: `default route by ${network.gateway}`, seen }]
        : [];
    }),
});

export const loopIsIdle = rule({
  id: "R4",
  title: "A loop begins once forwarding is switched on",
  severity: "info",
  why: "With the host as gateway and forwarding off nothing loops, until a VPN or Docker switches forwarding on.",
  remedy: "Name the router's own address with network.gateway, as R1 says.",
  link: why,
  reads: ["network", "routedNodes"],
  check: ({ host, network, routedNodes }) => {
    if (network.lan.kind === "private" || host.forwarding !== "0") return [];
    return routedNodes.flatMap((node) => {
      const gateway = defaultRoutes(node)[0]?.gateway;
      const link = gateway === undefined ? undefined : hostLinkAt(host, node, gateway);
      const expected = `next hop ${network.gateway}, the LAN's router`;
      return link === undefined
        ? []
        : [{ subject: node.machine.name, expected, seen: `the host (${link}), which does not forward now` }];
    });
  },
});

export const twoDefaultRoutes = rule({
  id: "R14",
  title: "A node has more than one default route",
  severity: "warning",
  why: "When the first one goes, as at a DHCP renewal, requests take the other, which may lead to the host.",
  remedy: remedies.setRoute,
  link: why,
  repair: "machines",
  reads: ["routedNodes"],
  check: ({ routedNodes }) =>
    routedNodes.flatMap((node) => {
      const routes = defaultRoutes(node);
      const seen = routes.map(describeRoute).join("; ");
      return routes.length < 2 ? [] : [{ subject: node.machine.name, expected: "one default route", seen }];
    }),
});
