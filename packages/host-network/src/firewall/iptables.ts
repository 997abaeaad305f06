import type { Ruleset } from "@k3s-lab/guard";
import { run } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import { bridgeOf } from "../names.js";

export function hasIptables(): boolean {
  return isInstalled("iptables-nft-restore");
}

/** Reads the part of the ruleset that iptables keeps; a process is started only where there is one. */
export async function readIptablesFilter(ruleset: Ruleset): Promise<readonly string[]> {
  if (!ruleset.chains.some(isIptablesForward) || !hasIptables()) return [];
  return (await run("iptables-nft-save", ["-t", "filter"])).stdout.split("\n");
}

function isIptablesForward({ family, table, name }: Ruleset["chains"][number]): boolean {
  return family === "ip" && table === "filter" && name === "FORWARD";
}

/** Leaves out what iptables, where it is installed, looks after itself. */
export function withoutIptables(ruleset: Ruleset): Ruleset {
  if (!ruleset.chains.some(isIptablesForward) || !hasIptables()) return ruleset;
  const others = <Item extends { readonly family: string; readonly table: string }>(items: readonly Item[]) =>
    items.filter(({ family, table }) => family !== "ip" || table !== "filter");
  return { tables: others(ruleset.tables), chains: others(ruleset.chains), rules: others(ruleset.rules) };
}

/** Leaves out rules with the lab's own bridge, which are recognized by its name. */
export function withoutBridge(lab: string, saved: readonly string[]): readonly string[] {
  return saved.filter((line) => !line.includes(bridgeOf(lab)));
}

/** Changes the filter table by these lines alone. */
export async function restoreFilter(
  program: "iptables-nft-restore" | "iptables-legacy-restore",
  lines: readonly string[],
): Promise<void> {
  await run(program, ["--noflush", "--wait"], { input: ["*filter", ...lines, "COMMIT", ""].join("\n") });
}
