import { run } from "@k3s-lab/exec";
import { type HostNetwork, lanLink } from "@k3s-lab/host-network";
import type { Cidr } from "@k3s-lab/ip";
import type { Answers, RouteAnswer, ToPlaces } from "./observed.js";

/** A packet to ask about; from this host where there is no `from`. */
interface Packet {
  readonly to: string;
  readonly from?: { readonly address: string; readonly link: string } | undefined;
}

/** The address that stands for the internet. It is only asked about: nothing is sent there. */
export const outsideAddress = "1.1.1.1";

/**
 * Returns a service address that no service has: of the lower band, from which Kubernetes takes none by itself until all
 * others are taken.
 */
export function unservedAddress(serviceCidr: Cidr): string {
  // The last address of all is the network's broadcast address.
  return serviceCidr.at(Math.min(256, serviceCidr.size - 2));
}

/** Returns the words of `ip` that ask the kernel about a packet. It sends none. */
export function routeQuestion({ to, from }: Packet): readonly string[] {
  const words = from === undefined ? [] : ["from", from.address, "iif", from.link];
  return ["-4", "-json", "route", "get", to, ...words];
}

/** Routes that refuse, and where there is no route at all. */
const refusals = /(No route to host|Network is unreachable|Permission denied|Invalid argument)/;

/** Reads what `ip -json route get` prints. */
export function parseRouteAnswer({
  stdout,
  stderr,
}: {
  readonly stdout: string;
  readonly stderr: string;
}): RouteAnswer {
  try {
    const [route] = JSON.parse(stdout) as readonly { readonly dev?: string; readonly gateway?: string }[];
    if (route?.dev !== undefined) return { kind: "by", dev: route.dev, gateway: route.gateway };
  } catch {
    // An older `ip` prints nothing beside its error.
  }
  const [, why] = refusals.exec(stderr) ?? [];
  if (why !== undefined) return { kind: "refused", why: why.toLowerCase() };
  return { kind: "unknown", why: stderr.trim() || "ip printed no route" };
}

/** Asks the host's kernel where packets to the cluster's networks would go: by all its rules and tables. */
export async function askKernel(network: HostNetwork, signal: AbortSignal): Promise<Answers | undefined> {
  if (process.platform !== "linux") return undefined;
  const ask = async (packet: Packet) => {
    try {
      return parseRouteAnswer(await run("ip", routeQuestion(packet), { signal, answers: "any" }));
    } catch (error) {
      signal.throwIfAborted();
      return { kind: "unknown", why: (error as Error).message } as const;
    }
  };
  const askAll = async (from?: Packet["from"]): Promise<ToPlaces> => {
    const places = [network.clusterDns, unservedAddress(network.serviceCidr), outsideAddress];
    const [served, unserved, outside] = await Promise.all(places.map((to) => ask({ to, from })));
    return { served, unserved, outside } as ToPlaces;
  };
  const [address] = Object.values(network.addresses);
  const isGateway = network.lan.kind === "private" && address !== undefined;
  const [host, node] = await Promise.all([
    askAll(),
    isGateway ? askAll({ address, link: lanLink(network.lan) }) : undefined,
  ]);
  return { host, node };
}
