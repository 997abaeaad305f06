import { seeHost } from "../observe-host.js";
import { writeFileSync } from "node:fs";
import { readText } from "@k3s-lab/host";
import { linkNamed } from "@k3s-lab/ip";
import { type Step, step } from "@k3s-lab/steps";
import { ipCommands } from "../ip-commands.js";
import type { MacvlanNetwork } from "../network.js";
import { hasIpv6, type Host } from "../probe/host.js";
import { hostActions } from "./host-actions.js";

interface ShimSeen {
  readonly host: Host;
  readonly sysctls: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes the shim, by which host and nodes reach each other: a macvlan beside the nodes' with the host's own address and
 * a route for each node. The uplink keeps all that it has: the router goes on finding the host's address there.
 */
export function shimStep(network: MacvlanNetwork): Step {
  const { shim } = network.lan;
  return step<ShimSeen>({
    id: "make-lan",
    title: "Make LAN",
    observe: async (facts) => ({ host: await seeHost(facts), sysctls: readSysctls(shim) }),
    plan: ({ host, sysctls }) => {
      const { make, repair } = planShim(network, host, sysctls);
      const isNew = make.some((line) => line.startsWith("link add"));
      return hostActions([
        {
          when: make.length + repair.length > 0,
          kind: isNew ? "make" : "change",
          sentence: isNew
            ? `make ${shim} on ${network.lan.parent}, by which host and nodes reach each other`
            : `repair ${shim}: ${[...make, ...repair].join("; ")}`,
          run: async () => {
            if (make.length > 0) await ipCommands(make);
            // Before the link is up: until then it would act on what it hears.
            for (const [file, value] of Object.entries(sysctlsOf(shim))) writeExisting(file, value);
            if (repair.length > 0) await ipCommands(repair);
          },
        },
      ]);
    },
  });
}

interface ShimPlan {
  /** Lines for `ip -batch` that make the link. */
  readonly make: readonly string[];
  /** Lines that give it everything else, once its sysctls are set. */
  readonly repair: readonly string[];
}

export function planShim({ lan, addresses }: MacvlanNetwork, host: Host, sysctls: ShimSeen["sysctls"]): ShimPlan {
  const { shim, shimMac, parent, hostAddress } = lan;
  const seen = linkNamed(host.links, shim);
  const usable = seen?.kind === "macvlan" && seen.parent === parent && seen.mac === shimMac ? seen : undefined;
  const address = `${hostAddress}/32`;
  const wanted = Object.values(addresses);
  const routes = usable === undefined ? [] : host.routes.filter(({ dev, table }) => dev === shim && table === "main");
  const isRight = (route: Host["routes"][number]) => route.type === "unicast" && wanted.includes(route.dst);
  const isTuned = Object.entries(sysctlsOf(shim)).every(
    ([file, value]) => sysctls[file] === undefined || sysctls[file] === value,
  );
  const make = [
    ...(seen !== undefined && usable === undefined ? [`link delete dev ${shim}`] : []),
    ...(usable === undefined
      ? [
          `link add link ${parent} name ${shim} address ${shimMac} type macvlan mode bridge`,
          ...(hasIpv6(host) ? [`link set dev ${shim} addrgenmode none`] : []),
        ]
      : []),
    // The sysctls are written after the first list, which must not be empty then.
    ...(usable !== undefined && !isTuned ? [`link set dev ${shim} down`] : []),
  ];
  const isFresh = make.length > 0;
  const repair = [
    ...(usable?.addresses ?? []).filter((each) => each !== address).map((each) => `address delete ${each} dev ${shim}`),
    ...(usable?.addresses.includes(address) ? [] : [`address add ${address} dev ${shim} noprefixroute`]),
    ...(usable?.up && !isFresh ? [] : [`link set dev ${shim} up`]),
    ...(isFresh ? [] : routes.filter((route) => !isRight(route)).map(({ dst }) => `route delete ${dst} dev ${shim}`)),
    ...wanted
      .filter((node) => isFresh || !routes.some((route) => route.dst === node && isRight(route)))
      .map((node) => `route replace ${node}/32 dev ${shim} src ${hostAddress} scope link`),
  ];
  return { make, repair };
}

/**
 * Returns the values of the shim's sysctls by their files. Without arp_filter the host would answer the LAN's questions
 * for its address with the shim's MAC address, too; and a router's IPv6 advertisements would give it a second default
 * route.
 */
export function sysctlsOf(shim: string): Readonly<Record<string, string>> {
  return {
    [`/proc/sys/net/ipv4/conf/${shim}/arp_filter`]: "1",
    [`/proc/sys/net/ipv6/conf/${shim}/disable_ipv6`]: "1",
  };
}

function readSysctls(shim: string): ShimSeen["sysctls"] {
  return Object.fromEntries(Object.keys(sysctlsOf(shim)).map((file) => [file, readText(file)?.trim()]));
}

/** Writes a sysctl that exists: a kernel without IPv6 has nothing to switch off. */
function writeExisting(file: string, value: string): void {
  if (readText(file) !== undefined) writeFileSync(file, value);
}
