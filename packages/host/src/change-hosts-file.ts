import { fileURLToPath } from "node:url";
import { passThrough } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { elevated } from "./host-system.js";
import { type HostsEntry, type HostsOptions, hostsFile, setHostsEntries } from "./hosts-file.js";

/** Does the same as a program of its own, run as an administrator. */
const program = fileURLToPath(new URL("./hosts-entry.js", import.meta.url));

/**
 * Writes the lab's block in the hosts file: these entries, or none. Only an administrator may: where the caller is
 * none, the system is asked for those rights, for this alone, and `note` announces that before.
 */
export async function changeHostsFile(
  lab: string,
  entries: readonly HostsEntry[],
  { note, ...options }: HostsOptions & { note(message: string): void },
): Promise<void> {
  try {
    await setHostsEntries(lab, entries, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    await asAdministrator(lab, entries, note);
  }
}

async function asAdministrator(
  lab: string,
  entries: readonly HostsEntry[],
  note: (message: string) => void,
): Promise<void> {
  const lines = entries.map(({ address, names }) => [address, ...names].join(" "));
  const purpose = `to ${lines.length === 0 ? "take the lab's lines out of" : `put ${lines.join(", ")} into`} ${hostsFile}`;
  const { command, notice, otherwise } = elevated(process, [process.execPath, program, lab, ...lines], purpose);
  note(notice);
  const [first, ...args] = command;
  const code = await passThrough(first, args).catch(() => undefined);
  if (code === 0) return;
  throw new Problem("LAB-HST-002", hostsFile, `needs an administrator's rights ${purpose}, and they were not given`, {
    remedy: `${otherwise}; or write host.hostsFile: false in lab.yaml, and use addresses.`,
  });
}
