import { readRuleset, type Ruleset } from "@k3s-lab/guard";
import { isInstalled } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import type { Facts } from "@k3s-lab/steps";
import { readIptablesFilter } from "./firewall/iptables.js";
import { readLegacyFilter } from "./firewall/legacy.js";
import type { Host } from "./probe/host.js";
import { probeHost } from "./probe/probe-host.js";

/** Links, routes, rules and resolvers of the host. */
export function seeHost(facts: Facts): Promise<Host> {
  return facts.get("host", () => probeHost());
}

/** What nftables has loaded; nothing where the host has no nft yet. */
export function seeRuleset(facts: Facts): Promise<Ruleset> {
  return facts.get("ruleset", () => readFirewall());
}

/** Lines of iptables-save of the older kind, which nft does not see. */
export function seeLegacyFilter(facts: Facts): Promise<readonly string[]> {
  return facts.get("iptables-legacy", () => readLegacyFilter());
}

/** Lines of iptables-save: nft does not tell the comments in them, by which a lab knows its own. */
export function seeIptablesFilter(facts: Facts): Promise<readonly string[]> {
  return facts.get("iptables", async () => readIptablesFilter(await seeRuleset(facts)));
}

/** Starts all that a run without changes reads, at the same time. */
export function startReading(facts: Facts): void {
  // A failure is told to whoever asks for the value.
  for (const reading of [seeHost(facts), seeRuleset(facts), seeLegacyFilter(facts)]) reading.catch(() => {});
}

async function readFirewall(): Promise<Ruleset> {
  if (process.getuid?.() !== 0) {
    throw new Problem("LAB-NET-014", "host", "the host's side of the LAN needs root, and this is another user", {
      remedy: 'Run it again with sudo env "PATH=$PATH".',
    });
  }
  return isInstalled("nft") ? readRuleset() : { tables: [], chains: [], rules: [] };
}
