import { docker, dockerAnswers, type Labelled, labelled } from "@k3s-lab/docker";
import { CommandFailed } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import { labels } from "../drivers/docker/names.js";
import type { Finds } from "./found.js";

/** What Docker has of labs, by their labels; nothing where none answers this user. */
export async function dockerFinds(): Promise<Finds> {
  if (!isInstalled("docker") || !(await dockerAnswers())) return { machines: [], labs: [] };
  const [containers, networks, volumes] = await Promise.all([
    labelled("container", labels.lab),
    labelled("network", labels.lab),
    labelled("volume", labels.lab),
  ]);
  return findsOf(containers, [...networks, ...volumes]);
}

type Found = Pick<Labelled, "labels" | "state">;

/** Tells what Docker's containers, and things else, are of labs. */
export function findsOf(containers: readonly Found[], others: readonly Found[]): Finds {
  return {
    machines: containers.flatMap(({ labels: { [labels.lab]: lab = "", [labels.node]: name = "" }, state }) => {
      if (lab === "" || name === "") return [];
      return [{ lab, name, provider: "docker" as const, isRunning: state === "running" || state === "paused" }];
    }),
    labs: [...new Set(others.map((other) => other.labels[labels.lab] ?? ""))]
      .filter(Boolean)
      .map((lab) => ({ lab, provider: "docker" as const })),
  };
}

/** Returns the bytes that a lab's containers have written, without its volumes; undefined where Docker does not tell. */
export async function containerBytes(lab: string): Promise<number | undefined> {
  const ids = (await labelled("container", `${labels.lab}=${lab}`)).map(({ id = "" }) => id);
  if (ids.length === 0) return 0;
  try {
    const { stdout } = await docker(["container", "inspect", "--size", "--format", "{{.SizeRw}}", ...ids]);
    const sizes = stdout.split("\n").map(Number);
    return sizes.some((size) => Number.isNaN(size)) ? undefined : sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}

/** Returns the folders of a lab's volumes, which only root may read. */
export async function volumeFolders(lab: string): Promise<readonly string[]> {
  return (await labelled("volume", `${labels.lab}=${lab}`)).map(({ folder = "" }) => folder);
}
