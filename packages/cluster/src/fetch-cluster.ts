import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fullName } from "@k3s-lab/images";
import { type Asked, fetchRelease, type Log, type Release, type ReleaseQuery } from "@k3s-lab/k3s-source";
import { type Lab, namedPath } from "@k3s-lab/lab";
import { readOnServer } from "./read-on-server.js";
import { k3sPaths, labPaths } from "./paths.js";
import { readCluster } from "./record.js";

/** Finds K3s for a lab and fills the cache with it. */
export async function fetchCluster(lab: Lab, log: Log, signal?: AbortSignal): Promise<Release> {
  const release = await fetchRelease(queryOf(lab), log, signal);
  const { source, archives, folder } = release;
  const { image } = lab.config.registry;
  // Where nothing can be pulled, a missing image would show only when its pod does not start.
  if (source !== "release" && !archives.some((archive) => archive.images?.includes(fullName(image)))) {
    log.note(`no image archive in ${folder} holds the registry's image ${image}: it will have to be pulled`);
  }
  return release;
}

/** Returns what a lab asks for, and what is known of the K3s that it has. */
export function queryOf(lab: Lab): ReleaseQuery {
  const asked = askedBy(lab);
  return {
    labId: lab.id,
    asked,
    labFolder: dirname(lab.file),
    recorded: recordedRelease(lab, asked),
    install: lab.config.host.install,
    // For a lab whose record was lost: its server still has what was installed on it.
    async isInstalled({ binary }) {
      if (readCluster(lab) !== undefined) return false;
      const installed = await readOnServer(lab, labPaths.installed);
      return installed?.includes(`${binary.sha256}  ${k3sPaths.binary}\n`) === true;
    },
  };
}

export function askedBy(lab: Lab): Asked {
  const { source, version, baseUrl, directory } = lab.config.cluster;
  if (source !== "directory" || directory === undefined) return { source, version, baseUrl };
  return { source, version, baseUrl, directory: namedPath(lab, directory) };
}

function recordedRelease(lab: Lab, asked: Asked): Release | undefined {
  const recorded = readCluster(lab);
  if (!recorded || !isDeepStrictEqual(recorded.asked, asked)) return undefined;
  const { source, version, folder, binary, archives } = recorded;
  return { source, version, folder, binary, archives };
}
