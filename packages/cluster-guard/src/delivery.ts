import { isInstalled as isOnHost } from "@k3s-lab/host";
import { parseReference } from "@k3s-lab/images";
import { Problem } from "@k3s-lab/problem";
import type { KubeNode } from "@k3s-lab/kube";
import { type Distribution, dockerOf, importCommand, type Loader, loaderOf, runOnDocker } from "./distribution.js";

/** How the image comes onto the nodes. */
export type Delivery =
  /** They pull it from a registry, into which it is pushed. */
  | { readonly by: "push"; readonly reference: string }
  /** The cluster's own program brings it, or the Docker that its node runs on. */
  | { readonly by: "load"; readonly loader: Loader }
  /** It is in the registry, or on the nodes, already. */
  | { readonly by: "user"; readonly reference?: string };

export interface DesiredDelivery {
  readonly image?: string | undefined;
  readonly loaded?: boolean;
  /** What the guard in the cluster runs, where that is what is wanted. */
  readonly current?: { readonly image: string; readonly pull: "IfNotPresent" | "Never" } | undefined;
  readonly distribution: Distribution;
  /** Those that are guarded. */
  readonly nodes: readonly KubeNode[];
  /** The host that this host's docker works on; undefined where there is none, or it does not matter. */
  readonly dockerHost?: string | undefined;
  readonly hash: string;
  /** The command as a user would type it again: "npm run guard -- --kubeconfig FILE". */
  readonly command: string;
  readonly isInstalled?: (program: string) => boolean;
}

/** Decides before anything is touched. Throws, where nothing here can bring the image, what can (exit code 3). */
export function decideDelivery(wanted: DesiredDelivery): Delivery {
  const { image, loaded = false, current, distribution, nodes, hash, isInstalled = isOnHost } = wanted;
  if (image !== undefined) return { by: loaded ? "user" : "push", reference: referenceOf(image, hash) };
  if (loaded) return { by: "user" };
  if (current?.pull === "IfNotPresent") return { by: "user", reference: current.image };
  const own = loaderOf(distribution);
  const loader = own && isInstalled(own.program) ? own : dockerOf(nodes, wanted.dockerHost);
  if (loader !== undefined) return { by: "load", loader };
  if (current !== undefined) return { by: "user" };
  throw notDeliverable(wanted, own?.program);
}

/** Gives "multi:5000/cluster-guard" the tag that tells what is in it. */
function referenceOf(image: string, hash: string): string {
  const parsed = parseReference(image);
  if (parsed === undefined || parsed.digest !== undefined) {
    throw new Problem("LAB-GRD-008", "--image", `expected REGISTRY/NAME or REGISTRY/NAME:TAG, seen: ${image}`);
  }
  return parsed.tag === undefined ? `${image}:${hash}` : image;
}

function notDeliverable(wanted: DesiredDelivery, program: string | undefined): Problem {
  const { nodes, command } = wanted;
  const [what, first] = program === undefined ? withoutLoader(wanted) : withoutProgram(program);
  const remedy = [
    `${first} let the nodes pull it from a registry that they know:`,
    `  ${command} --image REGISTRY/cluster-guard`,
  ];
  const lines = [...new Set(nodes.map((node) => importCommand(node, "guard.tar")))];
  if (!lines.includes(undefined)) {
    const where = lines.length === 1 ? ` (${namesOf(nodes)})` : "";
    const having = (line: string | undefined) => nodes.filter((node) => importCommand(node, "guard.tar") === line);
    remedy.push(
      `or import it on each of them${where}:`,
      `  ${command} --save guard.tar`,
      ...lines.map((line) => `  ${line}${where === "" ? `  # on ${namesOf(having(line))}` : ""}`),
      `  ${command} --loaded`,
    );
  }
  return new Problem("LAB-GRD-009", "guard's image", what, { remedy: remedy.join("\n") });
}

function withoutProgram(program: string): readonly [what: string, first: string] {
  return [
    `${program} made this cluster, and is not on PATH to bring an image onto its nodes`,
    `Put ${program} on PATH, or`,
  ];
}

function withoutLoader({ distribution, nodes, dockerHost }: DesiredDelivery): readonly [what: string, first: string] {
  const maker = distribution.kind === "unknown" ? "this cluster" : distribution.kind;
  const what = `${maker} has no program that brings an image onto its nodes from here`;
  const shut = nodes.filter((node) => importCommand(node, "") === undefined);
  if (shut.length > 0) return [`${what}, and there is no shell on ${namesOf(shut)} to import one in`, "So"];
  if (!runOnDocker(nodes)) return [what, "Either"];
  const here = dockerHost === undefined ? "there is no docker here" : `docker here works on ${dockerHost}`;
  return [
    `the images are Docker's on ${namesOf(nodes)}, and ${here}`,
    nodes.length === 1 ? "Point docker at it, by `docker context use NAME` or DOCKER_HOST; or" : "Either",
  ];
}

function namesOf(nodes: readonly KubeNode[]): string {
  return nodes.map(({ metadata }) => metadata.name).join(", ");
}
