import { parseRuleset } from "../ruleset.js";
import { readIptablesGuard } from "./read-iptables.js";
import { readNftablesGuard } from "./read-nftables.js";
import type { NodeGuardOptions } from "./names.js";
import type { NodeGuardSeen } from "./seen.js";

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
