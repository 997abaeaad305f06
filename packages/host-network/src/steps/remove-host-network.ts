import { seeHost, seeRuleset, seeLegacyFilter, seeIptablesFilter, startReading } from "../observe-host.js";
import { existsSync } from "node:fs";
import { hostGuardTable, removeTable, type Ruleset, type TableName } from "@k3s-lab/guard";
import { heldSysctls, releaseSysctls } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { forgetStateStep } from "@k3s-lab/stages";
import { acceptsOf } from "../firewall/accepts.js";
import { removeAccepts } from "../firewall/change-accepts.js";
import { changeZone, isFirewalldRunning, isInZone, isKeptInZone, zoneCommands } from "../firewall/firewalld.js";
import { changeIptables, withoutBridge } from "../firewall/iptables.js";
import { changeLegacy, planLegacy } from "../firewall/legacy.js";
import { ipCommands } from "../ip-commands.js";
import { changesHost } from "../programs.js";
import { bridgeOf, natTable, routingTable, shimOf } from "../names.js";
import type { Host } from "../probe/host.js";
import { isOfLab, removeRule } from "./route-lab.js";
import { hostAction } from "./host-action.js";

export interface LeftSeen {
  readonly host: Host;
  readonly ruleset: Ruleset;
  readonly legacy: readonly string[];
  readonly iptables: readonly string[];
  /** The bridge is in a zone of firewalld, now or from its next start on. */
  readonly zoned: boolean;
  readonly holdsSysctls: boolean;
  readonly recorded: boolean;
}

/** Removes everything that the lab has on the host's network, found by the lab's id alone. */
export function removeHostNetwork(lab: Pick<Lab, "id" | "config" | "state">): readonly Step[] {
  if (!changesHost(lab.config)) return [forgetStateStep("forget-host-network", "Forget network", lab, ["hostNetwork"])];
  return [
    step<LeftSeen>({
      id: "remove-lan",
      title: "Remove LAN",
      observe: async (facts) => {
        startReading(facts);
        const ruleset = await seeRuleset(facts);
        const bridge = bridgeOf(lab.id);
        return {
          host: await seeHost(facts),
          ruleset,
          legacy: await seeLegacyFilter(facts),
          iptables: withoutBridge(lab.id, await seeIptablesFilter(facts)),
          zoned: isInZone(bridge, ruleset) || isKeptInZone(bridge),
          holdsSysctls: Object.keys(heldSysctls(lab.id)).length > 0,
          recorded: existsSync(lab.state.path("hostNetwork")),
        };
      },
      plan: (seen) => planRemoval(lab, seen),
    }),
  ];
}

/** Plans the removal; the guard goes last, when the bridge is gone. */
export function planRemoval(lab: Pick<Lab, "id" | "state">, seen: LeftSeen): Action[] {
  const { host, ruleset, legacy, iptables } = seen;
  const bridge = bridgeOf(lab.id);
  const actions: Action[] = [];
  const act = (sentence: string, change: () => Promise<void>) => actions.push(hostAction(sentence, change));

  const links = linkRemoval(lab.id, host);
  const exists = (name: string) => host.links.some((link) => link.name === name);
  const link = exists(shimOf(lab.id)) && !exists(bridge) ? shimOf(lab.id) : `bridge ${bridge}`;
  if (links.length > 0) act(`remove ${link} and its routes`, () => ipCommands(links));
  const accepts = acceptsOf(lab.id, ruleset);
  if (accepts.length > 0) act("remove the lab's accepts", () => removeAccepts(accepts));
  const lines = planLegacy(lab.id, [], legacy);
  if (lines.length > 0) act("remove the lab's accepts from iptables-legacy", () => changeLegacy(lines));
  const changes = planLegacy(lab.id, [], iptables);
  if (changes.length > 0) act("remove the lab's accepts from iptables", () => changeIptables(changes));
  if (seen.zoned) {
    const commands = zoneCommands(bridge, "remove", isFirewalldRunning(ruleset));
    act(`take ${bridge} out of firewalld's zone`, () => changeZone(commands));
  }
  if (has(ruleset, natTable(lab.id))) act("remove the address translation", () => removeTable(natTable(lab.id)));
  if (has(ruleset, hostGuardTable(lab.id))) act("remove the guard", () => removeTable(hostGuardTable(lab.id)));
  if (seen.holdsSysctls) {
    act("put back what the lab holds of sysctls", () => releaseSysctls(lab.id));
  }
  if (seen.recorded) act("forget the lab's network", async () => lab.state.remove("hostNetwork"));
  return actions;
}

/** Lines for `ip -batch`. */
export function linkRemoval(
  lab: string,
  { links, rules, routes }: Pick<Host, "links" | "rules" | "routes">,
): readonly string[] {
  const table = routingTable(lab);
  return [
    ...[bridgeOf(lab), shimOf(lab)]
      .filter((own) => links.some(({ name }) => name === own))
      .map((own) => `link delete dev ${own}`),
    ...rules.filter((rule) => isOfLab(lab, rule)).map(removeRule),
    ...(routes.some((route) => route.table === table) ? [`route flush table ${table}`] : []),
  ];
}

function has(ruleset: Ruleset, { family, table }: TableName): boolean {
  return ruleset.tables.some((each) => each.family === family && each.table === table);
}
