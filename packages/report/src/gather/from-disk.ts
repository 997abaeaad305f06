import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { isInstalled, scratchFolder } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { containerName, isDockers, machinePlaces, readStopped } from "@k3s-lab/machines";
import { outputOf } from "./output.js";

type OfLab = Pick<Lab, "id" | "config" | "state">;

/** What can be read of a machine that does not run. */
export interface StandingStill {
  readonly name: string;
  readonly section: "k3s" | "containerd" | "settings";
  /** Of a journal, so many lines from its end. */
  readonly lines: number;
}

const files = {
  containerd: "/var/lib/rancher/k3s/agent/containerd/containerd.log",
  settings: "/etc/rancher/k3s/config.yaml",
} as const;
const journal = "/var/log/journal";

/** Reads a log of a machine that does not run from its disk; undefined where there is none, or it cannot be reached. */
export async function fromDisk(lab: OfLab, what: StandingStill, signal: AbortSignal): Promise<string | undefined> {
  if (isDockersOrUnknown(lab)) {
    const found = await fromContainer(lab, what, signal);
    if (found !== undefined) return found;
  }
  if (what.section !== "k3s") return readStopped(lab, what.name, files[what.section]);
  return fromJournal(join(machinePlaces(lab.id, what.name).upper, journal), what, signal);
}

/** Records of another version cannot be read; Docker may then be the driver. */
export function isDockersOrUnknown(lab: OfLab): boolean {
  try {
    return isDockers(lab);
  } catch {
    return true;
  }
}

/** Docker copies from a container that stands still, and from its volumes. */
async function fromContainer(lab: OfLab, what: StandingStill, signal: AbortSignal): Promise<string | undefined> {
  using scratch = scratchFolder("report");
  const copy = join(scratch.path, "copy");
  const path = what.section === "k3s" ? journal : files[what.section];
  const source = `${containerName(lab.id, what.name)}:${path}`;
  const copied = await run("docker", ["cp", source, copy], { signal, answers: "any" }).catch(() => undefined);
  signal.throwIfAborted();
  if (copied?.exitCode !== 0) return undefined;
  return what.section === "k3s" ? await fromJournal(copy, what, signal) : readFileSync(copy, "utf8");
}

async function fromJournal(
  folder: string,
  { lines }: Pick<StandingStill, "lines">,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!existsSync(folder) || !isInstalled("journalctl")) return undefined;
  const units = ["-u", "k3s", "-u", "k3s-agent"];
  const options = ["-n", String(lines), "-o", "short-iso", "--no-pager"];
  return outputOf(["journalctl", "--directory", folder, ...units, ...options], { signal });
}
