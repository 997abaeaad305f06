import { readRuleset, type Ruleset } from "@k3s-lab/guard";
import { isInstalled } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import type { Facts } from "@k3s-lab/steps";
import { readIptablesFilter } from "./firewall/iptables.js";
import { readLegacyFilter } from "./firewall/legacy.js";
import type { Host } from "./probe/host.js";
import { probeHost } from "./probe/probe-host.js";

/** Reads links, routes, rules and resolvers of the host. */
export function seeHost(facts: Facts): Promise<Host> {
  return facts.get("host", probeHost);
}

/** Reads what nftables has loaded: nothing where the host has no nft yet. */
export function seeRuleset(facts: Facts): Promise<Ruleset> {
  return facts.get("ruleset", () => readFirewall());
}

/** Reads the lines of iptables-legacy-save, whose rules nft does not see. */
export function seeLegacyFilter(facts: Facts): Promise<readonly string[]> {
  return facts.get("iptables-legacy", readLegacyFilter);
}

/** Reads the lines of iptables-save: nft does not report the comments in them, by which a lab knows its own. */
export function seeIptablesFilter(facts: Facts): Promise<readonly string[]> {
  return facts.get("iptables", async () => readIptablesFilter(await seeRuleset(facts)));
}

/** Starts to read everything that a run without changes needs, at the same time. */
export function startReading(facts: Facts): void {
  // A failure is reported to the caller that asks for the value.
  for (const reading of [seeHost(facts), seeRuleset(facts), seeLegacyFilter(facts)]) reading.catch(() => {});
}

async function readFirewall(): Promise<Ruleset> {
  if (process.getuid?.() !== 0) {
    throw new Problem("LAB-NET-013", "host", "the host's side of the LAN needs root, and this is another user", {
      remedy: 'Run it again with sudo env "PATH=$PATH".',
    });
  }
  return isInstalled("nft") ? readRuleset() : { tables: [], chains: [], rules: [] };
}
