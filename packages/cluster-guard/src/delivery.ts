import { isInstalled as isOnHost } from "@k3s-lab/host";
import { parseReference } from "@k3s-lab/images";
import { Problem } from "@k3s-lab/problem";
import { type Distribution, importCommand, loaderOf } from "./distribution.js";

/** How the image comes onto the nodes. */
export type Delivery =
  /** They pull it from a registry, into which it is pushed. */
  | { readonly by: "push"; readonly reference: string }
  /** The cluster's own program brings it. */
  | { readonly by: "load"; readonly distribution: Distribution }
  /** It is in the registry, or on the nodes, already. */
  | { readonly by: "user"; readonly reference?: string };

export interface DesiredDelivery {
  readonly image?: string | undefined;
  readonly loaded?: boolean;
  /** What the guard in the cluster runs, where that is what is wanted. */
  readonly current?: { readonly image: string; readonly pull: "IfNotPresent" | "Never" } | undefined;
  readonly distribution: Distribution;
  readonly nodes: readonly string[];
  readonly hash: string;
  /** The command as a user would type it again: "npm run guard -- --kubeconfig FILE". */
  readonly command: string;
  readonly isInstalled?: (program: string) => boolean;
}

/** Decides before anything is touched. Throws, where nothing here can bring the image, what can (exit code 3). */
export function decideDelivery(wanted: DesiredDelivery): Delivery {
  const { image, loaded = false, current, distribution, hash, isInstalled = isOnHost } = wanted;
  if (image !== undefined) return { by: loaded ? "user" : "push", reference: referenceOf(image, hash) };
  if (loaded) return { by: "user" };
  if (current?.pull === "IfNotPresent") return { by: "user", reference: current.image };
  const loader = loaderOf(distribution, "");
  if (loader !== undefined && isInstalled(loader.program)) return { by: "load", distribution };
  if (current !== undefined) return { by: "user" };
  throw notDeliverable(wanted, loader?.program);
}

/** Gives "multi:5000/cluster-guard" the tag that tells what is in it. */
function referenceOf(image: string, hash: string): string {
  const parsed = parseReference(image);
  if (parsed === undefined || parsed.digest !== undefined) {
    throw new Problem("LAB-GRD-008", "--image", `expected REGISTRY/NAME or REGISTRY/NAME:TAG, seen: ${image}`);
  }
  return parsed.tag === undefined ? `${image}:${hash}` : image;
}

function notDeliverable({ distribution, nodes, command }: DesiredDelivery, program: string | undefined): Problem {
  const maker = distribution.kind === "unknown" ? "this cluster" : distribution.kind;
  const [what, first] =
    program === undefined
      ? [
          `${maker} has no program that brings an image onto its nodes from here`,
          "Let the nodes pull it from a registry that they know:",
        ]
      : [
          `${program} made this cluster, and is not on PATH to bring an image onto its nodes`,
          `Put ${program} on PATH, or let the nodes pull it from a registry that they know:`,
        ];
  const remedy = [
    first,
    `  ${command} --image REGISTRY/cluster-guard`,
    `or import it on each of them (${nodes.join(", ")}):`,
    `  ${command} --save guard.tar`,
    `  ${importCommand(distribution, "guard.tar")}`,
    `  ${command} --loaded`,
  ];
  return new Problem("LAB-GRD-009", "guard's image", what, { remedy: remedy.join("\n") });
}
