import { seeRuleset, seeLegacyFilter, seeIptablesFilter } from "../observe-host.js";
import type { Ruleset } from "@k3s-lab/guard";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { planAccepts } from "../firewall/accepts.js";
import { openPlace, removeAccepts } from "../firewall/change-accepts.js";
import { changeZone, isFirewalldRunning, isInZone, zoneCommands } from "../firewall/firewalld.js";
import { changeIptables, withoutIptables } from "../firewall/iptables.js";
import { changeLegacy, planLegacy } from "../firewall/legacy.js";
import { wantedAccepts } from "../firewall/wanted-accepts.js";
import { ruleComment } from "../names.js";
import type { HostNetwork } from "../network.js";
import { hostAction } from "./host-action.js";

interface FirewallSeen {
  readonly ruleset: Ruleset;
  readonly legacy: readonly string[];
  /** Of a lab on the host's own LAN: its accepts in iptables' tables are recognized by their comment alone. */
  readonly iptables: readonly string[];
}

/** Opens the host's own firewall: an accept in the lab's table does not override a drop in another, so it goes there. */
export function firewallStep(lab: string, network: HostNetwork): Step {
  return step<FirewallSeen>({
    id: "open-firewall",
    title: "Open firewall",
    observe: async (facts) => {
      const isOwn = network.lan.kind === "private";
      return {
        ruleset: isOwn ? await seeRuleset(facts) : withoutIptables(await seeRuleset(facts)),
        legacy: await seeLegacyFilter(facts),
        iptables: isOwn ? [] : await seeIptablesFilter(facts),
      };
    },
    plan: (seen) => planFirewall(lab, network, seen),
  });
}

function planFirewall(lab: string, network: HostNetwork, { ruleset, legacy, iptables }: FirewallSeen): Action[] {
  const { lan } = network;
  const what = lan.kind === "private" ? `traffic of ${lan.bridge}` : "the nodes' traffic";
  const wanted = wantedAccepts(network);
  const actions: Action[] = [];
  const act = (sentence: string, change: () => Promise<void>) => actions.push(hostAction(sentence, change));
  const { open, remove } = planAccepts(lab, wanted, ruleset);
  if (remove.length > 0) {
    act(`remove accepts that are out of date (${remove.length})`, () => removeAccepts(remove));
  }
  for (const place of open) {
    const where = `${place.family} ${place.table} ${place.chain}`;
    act(`accept ${what} in ${where}, which would drop it`, () => openPlace(place, wanted, ruleComment(lab)));
  }
  const lines = planLegacy(lab, wanted, legacy);
  if (lines.length > 0) act(`accept ${what} in iptables-legacy's FORWARD`, () => changeLegacy(lines));
  const changes = planLegacy(lab, wanted, iptables);
  if (changes.length > 0) {
    const sentence = wanted.length === 0 ? "remove accepts that are out of date" : `accept ${what}`;
    act(`${sentence} in iptables' FORWARD`, () => changeIptables(changes));
  }
  // The zone of the host's own bridge is not the lab's to change.
  if (lan.kind !== "private") return actions;
  const { bridge } = lan;
  if (isFirewalldRunning(ruleset) && !isInZone(bridge, ruleset)) {
    act(`put ${bridge} into firewalld's zone trusted`, () => changeZone(zoneCommands(bridge, "add", true)));
  }
  return actions;
}
