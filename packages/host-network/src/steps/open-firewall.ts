import { seeRuleset, seeLegacyFilter, seeIptablesFilter } from "../observe-host.js";
import type { Ruleset } from "@k3s-lab/guard";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { planAccepts, withoutDockers } from "../firewall/accepts.js";
import { openPlace, removeAccepts } from "../firewall/change-accepts.js";
import { changeZone, isFirewalldRunning, isInZone, zoneCommands } from "../firewall/firewalld.js";
import { restoreFilter, withoutIptables } from "../firewall/iptables.js";
import { planLegacy } from "../firewall/legacy.js";
import { wantedAccepts } from "../firewall/wanted-accepts.js";
import { ruleComment } from "../names.js";
import type { HostNetwork } from "../network.js";
import { type HostChange, hostActions } from "./host-actions.js";

interface FirewallSeen {
  readonly ruleset: Ruleset;
  readonly legacy: readonly string[];
  /** Of a lab on the host's own LAN: its accepts in iptables' tables are recognized by their comment alone. */
  readonly iptables: readonly string[];
}

/**
 * Opens the host's own firewall: an accept in the lab's table does not override a drop in another, so it goes there.
 * `isDockers`: the nodes are on a network of Docker's, which has rules of its own for the lab's bridge.
 */
export function firewallStep(lab: string, network: HostNetwork, { isDockers = false } = {}): Step {
  return step<FirewallSeen>({
    id: "open-firewall",
    title: "Open firewall",
    observe: async (facts) => {
      const isOwn = network.lan.kind === "private";
      const ruleset = await seeRuleset(facts);
      return {
        ruleset: isDockers ? withoutDockers(ruleset) : isOwn ? ruleset : withoutIptables(ruleset),
        legacy: await seeLegacyFilter(facts),
        iptables: isOwn ? [] : await seeIptablesFilter(facts),
      };
    },
    plan: (seen) => planFirewall(lab, network, seen, isDockers),
  });
}

function planFirewall(
  lab: string,
  network: HostNetwork,
  { ruleset, legacy, iptables }: FirewallSeen,
  isDockers: boolean,
): readonly Action[] {
  const { lan } = network;
  const what = lan.kind === "private" ? `traffic of ${lan.bridge}` : "the nodes' traffic";
  const wanted = wantedAccepts(network);
  const { open, remove } = planAccepts(lab, wanted, ruleset);
  const legacyLines = planLegacy(lab, wanted, legacy);
  const lines = planLegacy(lab, wanted, iptables);
  return hostActions([
    {
      when: remove.length > 0,
      kind: "change",
      sentence: `remove accepts that are out of date (${remove.length})`,
      run: () => removeAccepts(remove),
    },
    ...open.map((place): HostChange => ({
      when: true,
      kind: "change",
      sentence: `accept ${what} in ${place.family} ${place.table} ${place.chain}, which would drop it`,
      run: () => openPlace(place, wanted, ruleComment(lab)),
    })),
    {
      when: legacyLines.length > 0,
      kind: "change",
      sentence: `accept ${what} in iptables-legacy's FORWARD`,
      run: () => restoreFilter("iptables-legacy-restore", legacyLines),
    },
    {
      when: lines.length > 0,
      kind: "change",
      sentence: `${wanted.length === 0 ? "remove accepts that are out of date" : `accept ${what}`} in iptables' FORWARD`,
      run: () => restoreFilter("iptables-nft-restore", lines),
    },
    // The zone of the host's own bridge is not the lab's to change; Docker puts its bridges into one that accepts.
    ...(lan.kind === "private" && !isDockers ? [zoneChange(lan.bridge, ruleset)] : []),
  ]);
}

function zoneChange(bridge: string, ruleset: Ruleset): HostChange {
  return {
    when: isFirewalldRunning(ruleset) && !isInZone(bridge, ruleset),
    kind: "change",
    sentence: `put ${bridge} into firewalld's zone trusted`,
    run: () => changeZone(zoneCommands(bridge, "add", true)),
  };
}
