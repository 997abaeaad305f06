import type { Lab } from "@k3s-lab/lab";
import type { Decision } from "@k3s-lab/stages";
import { seeHost } from "../observe-host.js";
import type { HostNetwork } from "../network.js";
import { askResolvers } from "./ask-resolvers.js";
import type { Answer } from "./question.js";

export interface ResolverPicking extends Pick<Decision, "facts" | "mayAsk" | "mayAskAgain" | "note" | "assume"> {
  readonly lab: Pick<Lab, "id" | "config" | "file">;
  readonly network: HostNetwork;
  /** What was picked before. */
  readonly known: PickedResolvers | undefined;
  /** Replaced by tests. */
  readonly ask?: typeof askResolvers;
}

/** The servers that nodes ask. */
export interface PickedResolvers {
  readonly resolvers: readonly string[];
  /** Those that were offered first, and did not know a name; if others take their place, they are asked again. */
  readonly insteadOf?: readonly string[];
  /** No server that was offered knew a name. */
  readonly noneKnew?: true;
}

/**
 * Picks the servers that the nodes ask from those that the network offers: the first that know a name that the lab needs.
 * An answer alone is not enough, because the resolver of a login page or a VPN answers everything. What was picked before
 * stays as long as it is offered, so that a lab with nothing to do sends no queries, unless no server knew a name then. Nor
 * does a plan: it takes the best that can be found without asking, and marks it as a condition.
 */
export async function pickResolvers(picking: ResolverPicking): Promise<PickedResolvers> {
  const { lab, network, known, mayAsk, mayAskAgain = false, note, assume, facts, ask = askResolvers } = picking;
  const { resolvers, spareResolvers = [] } = network;
  const offered = [...resolvers, ...spareResolvers];
  const isNamed = lab.config.network.nameservers.length > 0;
  const names = namesNeeded(lab);
  const kept = known !== undefined && stillHolds(known, network, isNamed) ? pickedIn(known) : undefined;
  if (kept !== undefined && !kept.noneKnew) return kept;
  if (offered.length === 0 || network.uplink === null || names.length === 0) return kept ?? { resolvers };
  const otherwise = "If another server does, write network.nameservers: [ADDRESS] in lab.yaml.";
  if (kept !== undefined && !mayAsk && !mayAskAgain) {
    note(`no server that nodes can ask knew ${names.join(" or ")}; the next lab:up asks again. ${otherwise}`);
    return kept;
  }
  if (kept === undefined && !mayAsk) {
    if (spareResolvers.length > 0) for (const address of resolvers) assume(address, "if it answers");
    return { resolvers };
  }
  const host = await seeHost(facts);
  const answers = await ask(offered, { labId: lab.id, network, host, names, signal: facts.signal });
  const isGood = (address: string) => (answers.get(address) ?? "knows it") === "knows it";
  if (resolvers.some(isGood)) return { resolvers: isNamed ? resolvers : resolvers.filter(isGood) };
  const spare = spareResolvers.find(isGood);
  if (spare !== undefined) {
    note(`nodes ask ${spare} for names: ${told(resolvers, answers)}`);
    return { resolvers: [spare], insteadOf: resolvers };
  }
  note(`no server that nodes can ask knows ${names.join(" or ")}: ${told(offered, answers)}. ${otherwise}`);
  return { resolvers, noneKnew: true };
}

/** Takes them out of what may be a whole record, whose LAN, gateway and search may be of an earlier lab.yaml. */
function pickedIn({ resolvers, insteadOf, noneKnew }: PickedResolvers): PickedResolvers {
  return { resolvers, ...(insteadOf && { insteadOf }), ...(noneKnew && { noneKnew }) };
}

function stillHolds(
  { resolvers: known, insteadOf }: PickedResolvers,
  { resolvers, spareResolvers = [] }: HostNetwork,
  isNamed: boolean,
): boolean {
  if (isNamed) return known.join() === resolvers.join();
  if (insteadOf === undefined) return known.length > 0 && known.every((address) => resolvers.includes(address));
  return insteadOf.join() === resolvers.join() && known.every((address) => spareResolvers.includes(address));
}

function told(addresses: readonly string[], answers: ReadonlyMap<string, Answer>): string {
  return addresses.map((address) => `${address} ${answers.get(address) ?? "was not asked"}`).join(", ");
}

/** Returns names that exist and that a lab needs: those from which its registry's image and its K3s come. */
export function namesNeeded({ config: { registry, cluster } }: Pick<Lab, "config">): readonly string[] {
  const [first = "", ...rest] = registry.image.split("/");
  const isHost = rest.length > 0 && /[.:]/.test(first);
  const registryHost = isHost && first !== "docker.io" ? first.replace(/:\d+$/, "") : "registry-1.docker.io";
  const names = [registryHost, new URL(cluster.baseUrl).hostname];
  return [...new Set(names)].filter((name) => name.includes(".") && !/^[\d.]+$|:/.test(name));
}
