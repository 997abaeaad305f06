import type { NftRule } from "@k3s-lab/guard";
import { run } from "@k3s-lab/exec";
import type { Place } from "./dropping-chains.js";
import { hasIptables } from "./iptables.js";
import { type Accept, iptablesRule, nftRule } from "./wanted-accepts.js";

/** Inserts the accepts at the head, in the order given. */
export async function openPlace(place: Place, accepts: readonly Accept[], comment: string): Promise<void> {
  if (place.iptables && hasIptables()) {
    await run("iptables-nft-restore", ["--noflush", "--wait"], { input: iptablesInput(place.chain, accepts, comment) });
  } else {
    await run("nft", ["-f", "-"], { input: nftInput(place, accepts, comment) });
  }
}

/** Removes rules, those of iptables included, in one transaction: either all go, or none. */
export async function removeAccepts(rules: readonly NftRule[]): Promise<void> {
  await run("nft", ["-f", "-"], { input: removalInput(rules) });
}

export function iptablesInput(chain: string, accepts: readonly Accept[], comment: string): string {
  const lines = accepts.map((accept, index) => `-I ${chain} ${index + 1} ${iptablesRule(accept, comment)}`);
  return ["*filter", ...lines, "COMMIT", ""].join("\n");
}

export function nftInput({ family, table, chain }: Place, accepts: readonly Accept[], comment: string): string {
  // Each goes before the one that went before it.
  const lines = accepts
    .toReversed()
    .map((accept) => `insert rule ${family} ${table} ${chain} ${nftRule(accept, comment)}`);
  return `${lines.join("\n")}\n`;
}

export function removalInput(rules: readonly NftRule[]): string {
  return rules
    .map(({ family, table, chain, handle }) => `delete rule ${family} ${table} ${chain} handle ${handle}\n`)
    .join("");
}
