import { type Asked, type Foreseen, isModules } from "@k3s-lab/k3s-source";
import { lookAtCluster } from "@k3s-lab/kube";
import { defaultK3sVersion } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Cluster } from "./cluster.js";
import { whyNoUpgrade } from "./k3s-version.js";

/** What a lab was made with by the last `lab:up`, as far as an upgrade depends on it. */
type Made = Pick<Cluster, "version" | "sha256" | "kubeconfig">;

/**
 * Throws where a node would go back to an older K3s or skip a minor version: by what each node tells, since a roll-out may have
 * stopped half-way; and by what was recorded where the API does not answer. `names`: of the lab's own nodes.
 */
export async function checkUpgrade(
  made: Made | undefined,
  wanted: Pick<Foreseen, "version" | "binary">,
  names: readonly string[],
  signal: AbortSignal,
  look: typeof lookAtCluster = lookAtCluster,
): Promise<void> {
  // What a roll-out was begun for was checked then.
  if (made === undefined || (made.version === wanted.version && made.sha256 === wanted.binary.sha256)) return;
  const { nodes } = await look(made.kubeconfig, signal);
  const seen = nodes
    .map(({ metadata, status }) => [metadata.name, status?.nodeInfo?.kubeletVersion ?? ""] as const)
    .filter(([name]) => names.includes(name));
  for (const [name, version] of seen.length === 0 ? [["K3s", made.version] as const] : seen) {
    const why = whyNoUpgrade(version, wanted.version);
    if (why === undefined) continue;
    throw new Problem("LAB-K3S-015", name, `${why}, which Kubernetes does not support`, {
      remedy: why.startsWith("goes back")
        ? `Ask for ${version} or a later one by cluster.version, or rebuild the lab: npm run lab:down, then npm run lab:up.`
        : "Ask for a release of the next minor version by cluster.version, run `npm run lab:up`, and go on from there.",
    });
  }
}

/** Says that a version which lab.yaml asks for is not what a build from modules has, whose Kubernetes is that of k3s-lab. */
export function versionMismatch(
  { version: asked }: Pick<Asked, "version">,
  { source, version }: Pick<Foreseen, "source" | "version">,
): string | undefined {
  const kubernetes = (of: string) => of.split("+")[0];
  if (!isModules(source) || asked === defaultK3sVersion || kubernetes(asked) === kubernetes(version)) return undefined;
  return `cluster.version asks for ${asked}, but K3s is the build from Go modules, which has ${version}: only a release can be chosen by its version`;
}
