import { seeHost, seeRuleset, seeLegacyFilter, seeIptablesFilter, startReading } from "../observe-host.js";
import { existsSync } from "node:fs";
import { hostGuardTable, inTable, removeTable, type Ruleset, type TableName } from "@k3s-lab/guard";
import { heldSysctls, releaseSysctls } from "@k3s-lab/host";
import { linkNamed } from "@k3s-lab/ip";
import type { Lab } from "@k3s-lab/lab";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { forgetStateStep } from "@k3s-lab/stages";
import { acceptsOf } from "../firewall/accepts.js";
import { removeAccepts } from "../firewall/change-accepts.js";
import { changeZone, isFirewalldRunning, isInZone, isKeptInZone, zoneCommands } from "../firewall/firewalld.js";
import { restoreFilter, withoutBridge } from "../firewall/iptables.js";
import { planLegacy } from "../firewall/legacy.js";
import { ipCommands } from "../ip-commands.js";
import { changesHost } from "../programs.js";
import { bridgeOf, natTable, routingTable, shimOf } from "../names.js";
import type { Host } from "../probe/host.js";
import { ownFiles, removeFiles } from "./keep-routes.js";
import { isOfLab, removeRule } from "./route-lab.js";
import { type HostChange, hostActions } from "./host-actions.js";

export interface LeftSeen {
  readonly host: Host;
  readonly ruleset: Ruleset;
  readonly legacy: readonly string[];
  readonly iptables: readonly string[];
  /** The bridge is in a zone of firewalld, now or from its next start on. */
  readonly zoned: boolean;
  readonly holdsSysctls: boolean;
  /** The files by which systemd-networkd keeps the lab's routes. */
  readonly networkd: readonly string[];
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
          networkd: Object.keys(ownFiles(lab.id)),
          holdsSysctls: Object.keys(heldSysctls(lab.id)).length > 0,
          recorded: existsSync(lab.state.path("hostNetwork")),
        };
      },
      plan: (seen) => planRemoval(lab, seen),
    }),
  ];
}

/** Plans the removal; the guard goes last, when the bridge is gone. */
export function planRemoval(lab: Pick<Lab, "id" | "state">, seen: LeftSeen): readonly Action[] {
  const { host, ruleset, legacy, iptables } = seen;
  const bridge = bridgeOf(lab.id);
  const shim = shimOf(lab.id);
  const links = linkRemoval(lab.id, host);
  const isMacvlan = linkNamed(host.links, shim) !== undefined && linkNamed(host.links, bridge) === undefined;
  const accepts = acceptsOf(lab.id, ruleset);
  const legacyLines = planLegacy(lab.id, [], legacy);
  const lines = planLegacy(lab.id, [], iptables);
  return hostActions([
    {
      when: links.length > 0,
      kind: "remove",
      sentence: `remove ${isMacvlan ? shim : `bridge ${bridge}`} and its routes`,
      run: () => ipCommands(links),
    },
    {
      when: accepts.length > 0,
      kind: "remove",
      sentence: "remove the lab's accepts",
      run: () => removeAccepts(accepts),
    },
    {
      when: legacyLines.length > 0,
      kind: "remove",
      sentence: "remove the lab's accepts from iptables-legacy",
      run: () => restoreFilter("iptables-legacy-restore", legacyLines),
    },
    {
      when: lines.length > 0,
      kind: "remove",
      sentence: "remove the lab's accepts from iptables",
      run: () => restoreFilter("iptables-nft-restore", lines),
    },
    {
      when: seen.zoned,
      kind: "remove",
      sentence: `take ${bridge} out of firewalld's zone`,
      run: () => changeZone(zoneCommands(bridge, "remove", isFirewalldRunning(ruleset))),
    },
    tableRemoval("the address translation", natTable(lab.id), ruleset),
    tableRemoval("the guard", hostGuardTable(lab.id), ruleset),
    {
      when: seen.networkd.length > 0,
      kind: "remove",
      sentence: `remove ${seen.networkd.join(", ")}`,
      run: async () => removeFiles(seen.networkd),
    },
    {
      when: seen.holdsSysctls,
      kind: "change",
      sentence: "put back what the lab holds of sysctls",
      run: () => releaseSysctls(lab.id),
    },
    {
      when: seen.recorded,
      kind: "remove",
      sentence: "forget the lab's network",
      run: async () => lab.state.remove("hostNetwork"),
    },
  ]);
}

function tableRemoval(what: string, table: TableName, { tables }: Ruleset): HostChange {
  return {
    when: inTable(tables, table).length > 0,
    kind: "remove",
    sentence: `remove ${what}`,
    run: () => removeTable(table),
  };
}

/** Plans the lines for `ip -batch`. */
export function linkRemoval(
  lab: string,
  { links, rules, routes }: Pick<Host, "links" | "rules" | "routes">,
): readonly string[] {
  const table = routingTable(lab);
  return [
    ...[bridgeOf(lab), shimOf(lab)].filter((own) => linkNamed(links, own)).map((own) => `link delete dev ${own}`),
    ...rules.filter((rule) => isOfLab(lab, rule)).map(removeRule),
    ...(routes.some((route) => route.table === table) ? [`route flush table ${table}`] : []),
  ];
}
