import { parseRuleset } from "../ruleset.js";
import { readIptablesGuard } from "./read-iptables.js";
import { readNftablesGuard } from "./read-nftables.js";
import type { NodeGuardOptions } from "./names.js";

/** How often the guard rejected something, since its rules were loaded. */
export interface Rejections {
  readonly tcpReset: number;
  readonly hostUnreachable: number;
  /** In silence: what belongs to no connection. */
  readonly dropped: number;
}

export interface Rejected {
  /** What was addressed to a service, or to a port of it, that nobody serves. */
  readonly services: Rejections;
  /** What was addressed to a pod of no node. */
  readonly pods: Rejections;
}

export interface NodeGuardSeen {
  readonly by: "nftables" | "iptables" | "nothing";
  /** What is not as it should be, each for a sentence "<node>: <fault>"; none: the guard is whole. */
  readonly faults: readonly string[];
  readonly rejected: Rejected;
}

/** Reads what nodeGuardSeeScript has printed; lines of other parts of a look are passed over. */
export function readNodeGuard(output: string, options: NodeGuardOptions): NodeGuardSeen {
  const lines = output.split("\n").flatMap((line) => (line.startsWith("guard ") ? [line.slice(6)] : []));
  const of = (kind: string) =>
    lines.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
  const [json] = of("nftables");
  const saved = of("iptables");
  const rules = json === undefined ? readIptablesGuard(saved, options) : readNftablesGuard(parseRuleset(json), options);
  return {
    ...rules,
    faults: [
      ...rules.faults,
      ...(of("route").length > 0 ? [] : [`no last route for ${options.podCidr}`]),
      ...(lines.includes("enabled") ? [] : ["the guard does not start at boot"]),
      ...(lines.includes("watched") ? [] : ["nothing watches over the guard"]),
    ],
  };
}
