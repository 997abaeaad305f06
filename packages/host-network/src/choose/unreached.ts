import { type Cidr, isVif, leadsOut, linkNamed } from "@k3s-lab/ip";
import type { HostNetwork } from "../network.js";
import type { Host } from "../probe/host.js";
import { isTelepresence, isUsable, leadsInto } from "./node-routes.js";
import { realNetwork } from "./obstacles.js";

/** A VPN of the host, and the networks that it reaches and nodes do not. */
export interface Unreached {
  readonly interface: string;
  readonly networks: readonly Cidr[];
}

/** Finds what the host reaches through VPNs and nodes do not; what maps the lab itself does not count as a VPN. */
export function unreachedByNodes(
  { links, routes }: Pick<Host, "links" | "routes">,
  network: Pick<HostNetwork, "uplink" | "routes" | "lan" | "podCidr" | "serviceCidr">,
): readonly Unreached[] {
  const inside = [network.lan.subnet, network.podCidr, network.serviceCidr];
  return links
    .filter((link) => link.up && (isVif(link) || link.kind === "ppp") && link.name !== network.uplink?.name)
    .flatMap(({ name }) => {
      const own = routes.filter((route) => route.dev === name && leadsOut(route));
      if (isTelepresence(name) || own.some(({ dst }) => inside.some((each) => leadsInto(dst, each)))) return [];
      const reached = network.routes.filter((route) => route.interface === name);
      const networks = own
        .flatMap((route) => realNetwork(route) ?? [])
        .filter((cidr) => !reached.some(({ to }) => to.contains(cidr)));
      return networks.length === 0 ? [] : [{ interface: name, networks }];
    });
}

/** Returns what `lab:up` notes about ways out that nodes lack. */
export function notesOnRoutes(
  host: Pick<Host, "links" | "routes">,
  network: HostNetwork,
  named: readonly { readonly interface: string; readonly to: readonly Cidr[] }[],
): readonly string[] {
  if (network.lan.kind !== "private") return [];
  const absent = named.filter(({ interface: name }) => !isUsable(linkNamed(host.links, name)));
  return [
    ...absent.map(({ interface: name, to }) => {
      const what = `nodes do not reach ${to.join(", ")}: ${name}, which network.routes names, is not connected`;
      return `${what}; run \`npm run lab:up\` again once it is`;
    }),
    ...unreachedByNodes(host, network).map(({ interface: name, networks }) => {
      const what = `nodes do not reach what ${name} maps (${few(networks)})`;
      return `${what}; name its networks with network.routes in lab.yaml, or push images from there with \`npm run push -- docker://IMAGE\``;
    }),
  ];
}

/** A VPN may have a route for each of its peers. */
function few(networks: readonly Cidr[]): string {
  const more = networks.length - 3;
  return `${networks.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
