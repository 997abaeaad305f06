import { existsSync } from "node:fs";
import { bytesIn } from "@k3s-lab/host";
import { labDir } from "../places.js";
import { containerBytes, volumeFolders } from "./docker-finds.js";
import type { FoundLab } from "./found.js";

/** Returns the bytes that a lab takes on this host's disks; undefined where this user may not look, or only a hypervisor knows. */
export async function diskOf({ id, providers }: Pick<FoundLab, "id" | "providers">): Promise<number | undefined> {
  if (providers.some((provider) => provider === "libvirt" || provider === "virtualbox")) return undefined;
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const isDockers = providers.includes("docker");
  const folders = [labDir(id), ...(isDockers ? await volumeFolders(id) : [])].filter((folder) => existsSync(folder));
  const [files, containers] = await Promise.all([bytesIn(folders), isDockers ? containerBytes(id) : 0]);
  return files === undefined || containers === undefined ? undefined : files + containers;
}
