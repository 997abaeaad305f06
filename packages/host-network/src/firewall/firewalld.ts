import { readFileSync } from "node:fs";
import { run } from "@k3s-lab/exec";
import type { Ruleset } from "@k3s-lab/guard";
import { firewalldTable } from "./dropping-chains.js";

/** Its zone that lets everything pass; the host guard still decides where lab traffic goes. */
const zone = "trusted";
const zoneFile = `/etc/firewalld/zones/${zone}.xml`;

export function isFirewalldRunning(ruleset: Ruleset): boolean {
  return ruleset.tables.some(({ table }) => table === firewalldTable);
}

/** Whether the bridge is in a zone, as firewalld's own rules tell. */
export function isInZone(bridge: string, ruleset: Ruleset): boolean {
  return ruleset.rules.some(
    ({ table, matches }) => table === firewalldTable && matches.some(({ values }) => values.includes(bridge)),
  );
}

/** Whether firewalld would put the bridge into the zone at its next start. */
export function isKeptInZone(bridge: string, xml: string = readZone()): boolean {
  return xml.includes(`name="${bridge}"`);
}

/** Both for now and for good: a reload forgets what was for now only. */
export function zoneCommands(
  bridge: string,
  change: "add" | "remove",
  running: boolean,
): readonly (readonly string[])[] {
  const args = [`--zone=${zone}`, `--${change}-interface=${bridge}`];
  if (!running) return [["firewall-offline-cmd", ...args]];
  return [
    ["firewall-cmd", "--permanent", ...args],
    ["firewall-cmd", ...args],
  ];
}

export async function changeZone(commands: readonly (readonly string[])[]): Promise<void> {
  // 12: already there; 14 and 18: not there.
  for (const [command = "", ...args] of commands) await run(command, args, { answers: [0, 11, 12, 14, 18] });
}

function readZone(): string {
  try {
    return readFileSync(zoneFile, "utf8");
  } catch {
    return "";
  }
}
