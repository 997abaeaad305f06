import { run } from "@k3s-lab/exec";
import type { Ruleset } from "@k3s-lab/guard";
import { readText } from "@k3s-lab/host";
import { firewalldTable, targetOf } from "./dropping-chains.js";

/** Its zone that lets everything pass; the host guard still decides where lab traffic goes. */
const zone = "trusted";
const zoneFile = `/etc/firewalld/zones/${zone}.xml`;

export function isFirewalldRunning(ruleset: Ruleset): boolean {
  return ruleset.tables.some(({ table }) => table === firewalldTable);
}

/** Tells whether the bridge is in the zone, as firewalld's own rules tell (before 1.0 its chains have another name). */
export function isInZone(bridge: string, ruleset: Ruleset): boolean {
  return ruleset.rules.some(
    (rule) =>
      rule.table === firewalldTable &&
      /^filter_FWDI?_trusted$/.test(targetOf(rule) ?? "") &&
      rule.matches.some(({ key, values }) => key === "iifname" && values.includes(bridge)),
  );
}

/** Tells whether firewalld would put the bridge into the zone at its next start. */
export function isKeptInZone(bridge: string, xml = readText(zoneFile) ?? ""): boolean {
  return xml.includes(`name="${bridge}"`);
}

/** Returns the commands that change both what runs and what is kept: a reload forgets what only runs. */
export function zoneCommands(
  bridge: string,
  change: "add" | "remove",
  running: boolean,
): readonly (readonly string[])[] {
  // NetworkManager may have put it into the default zone: "change" moves it, and adds it where it is in none.
  const args = [`--zone=${zone}`, `--${change === "add" ? "change" : "remove"}-interface=${bridge}`];
  if (!running) return [["firewall-offline-cmd", ...args]];
  return [
    ["firewall-cmd", "--permanent", ...args],
    ["firewall-cmd", ...args],
  ];
}

export async function changeZone(commands: readonly (readonly string[])[]): Promise<void> {
  // Being in the zone already (11, 16) or not any more (12, 17) is as good.
  for (const [command = "", ...args] of commands) await run(command, args, { answers: [0, 11, 12, 16, 17] });
}
