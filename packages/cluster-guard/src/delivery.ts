import { missingPrograms } from "@k3s-lab/host";
import { parseReference } from "@k3s-lab/images";
import { Problem } from "@k3s-lab/problem";
import { type Distribution, importCommand, loaderOf } from "./distribution.js";

/** How the image comes onto the nodes. */
export type Delivery =
  /** They pull it from a registry, into which it is pushed. */
  | { readonly by: "push"; readonly reference: string }
  /** The cluster's own program brings it. */
  | { readonly by: "load"; readonly distribution: Distribution }
  /** It is there: in the registry, or on the nodes. */
  | { readonly by: "person"; readonly reference?: string };

export interface DeliveryWish {
  readonly image?: string | undefined;
  readonly loaded?: boolean;
  /** What the guard that is there runs, where that is what is wanted. */
  readonly there?: { readonly image: string; readonly pull: "IfNotPresent" | "Never" } | undefined;
  readonly distribution: Distribution;
  readonly nodes: readonly string[];
  readonly hash: string;
  /** As a person would type the command again: "npm run guard -- --kubeconfig FILE". */
  readonly command: string;
  readonly isInstalled?: (program: string) => boolean;
}

/** Decides before anything is touched; where nothing here can bring the image, says what can (exit code 3). */
export function decideDelivery(wish: DeliveryWish): Delivery {
  const { image, loaded = false, there, distribution, hash, isInstalled = onPath } = wish;
  if (image !== undefined) return { by: loaded ? "person" : "push", reference: referenceOf(image, hash) };
  if (loaded) return { by: "person" };
  if (there?.pull === "IfNotPresent") return { by: "person", reference: there.image };
  const loader = loaderOf(distribution, "");
  if (loader !== undefined && isInstalled(loader.program)) return { by: "load", distribution };
  if (there !== undefined) return { by: "person" };
  throw nobodyBrings(wish, loader?.program);
}

/** "multi:5000/cluster-guard" gets the tag that says what is in it. */
function referenceOf(image: string, hash: string): string {
  const parsed = parseReference(image);
  if (parsed === undefined || parsed.digest !== undefined) {
    throw new Problem("LAB-GRD-008", "--image", `expected REGISTRY/NAME or REGISTRY/NAME:TAG, seen: ${image}`);
  }
  return parsed.tag === undefined ? `${image}:${hash}` : image;
}

function nobodyBrings({ distribution, nodes, command }: DeliveryWish, program: string | undefined): Problem {
  const what =
    program === undefined
      ? `${distribution.kind === "unknown" ? "this cluster" : distribution.kind} has no program that brings an image onto its nodes from here`
      : `${program} made this cluster, and is not on PATH to bring an image onto its nodes`;
  const remedy = [
    ...(program === undefined ? [] : [`Put ${program} on PATH, or let`]),
    `${program === undefined ? "Let" : ""} the nodes pull it from a registry that they know:`.trimStart(),
    `  ${command} --image REGISTRY/cluster-guard`,
    `or import it on each of them (${nodes.join(", ")}):`,
    `  ${command} --save guard.tar`,
    `  ${importCommand(distribution, "guard.tar")}`,
    `  ${command} --loaded`,
  ];
  return new Problem("LAB-GRD-009", "guard's image", what, { remedy: remedy.join("\n") });
}

function onPath(name: string): boolean {
  return missingPrograms([{ name, package: name, why: "" }]).length === 0;
}
