import { isDeepStrictEqual } from "node:util";
import { foreseeRelease } from "@k3s-lab/k3s-source";
import type { Lab } from "@k3s-lab/lab";
import type { Section } from "@k3s-lab/machines";
import type { Cluster } from "../cluster.js";
import { askedBy, queryOf } from "../fetch-cluster.js";
import { whyNoUpgrade } from "../k3s-version.js";
import { k3sPaths, labPaths } from "../paths.js";

/** Another K3s, which not all nodes have. */
export interface PendingUpgrade {
  /** Its version. */
  readonly to: string;
  /** The nodes at which a roll-out has still to arrive; none where lab.yaml asks for it, and `lab:up` was not run since. */
  readonly missing: readonly string[];
  /** Why `lab:up` refuses it: "goes back from v1.35.2+k3s1 to v1.34.4+k3s1". */
  readonly refused?: string;
}

/** The sum of the K3s that a node was last seen to run after its installation; undefined where none is recorded. */
export const installedSection: Section<string | undefined> = {
  file: new URL("../../shell/installed.sh", import.meta.url),
  args: [labPaths.installed],
  parse: (output) =>
    output
      .split("\n")
      .map((line) => line.split(/ +/))
      .find(([, path]) => path === k3sPaths.binary)?.[0],
};

/** Tells of an upgrade that is still to be rolled out; undefined where there is none. `sums`: by node, of those that were asked. */
export async function pendingUpgrade(
  lab: Lab,
  cluster: Cluster,
  sums: ReadonlyMap<string, string | undefined>,
): Promise<PendingUpgrade | undefined> {
  const missing = [...sums].filter(([, sum]) => sum !== undefined && sum !== cluster.sha256).map(([name]) => name);
  if (missing.length > 0) return { to: cluster.version, missing };
  if (isDeepStrictEqual(cluster.asked, askedBy(lab))) return undefined;
  const { version } = await foreseeRelease(queryOf(lab));
  if (version === "" || version === cluster.version) return undefined;
  const refused = whyNoUpgrade(cluster.version, version);
  return { to: version, missing, ...(refused !== undefined && { refused }) };
}
