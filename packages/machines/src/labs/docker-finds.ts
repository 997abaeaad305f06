import { docker, dockerAnswers, labelled } from "@k3s-lab/docker";
import { CommandFailed } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import { labels } from "../drivers/docker/names.js";
import type { Finds } from "./found.js";

/** What Docker has of labs, by their labels; nothing where none answers this user. */
export async function dockerFinds(): Promise<Finds> {
  if (!isInstalled("docker") || !(await dockerAnswers())) return { machines: [], labs: [] };
  const format = `{{.Label "${labels.lab}"}}`;
  const [containers, networks, volumes] = await Promise.all([
    labelled("container", labels.lab, `${format} {{.Label "${labels.node}"}} {{.State}}`),
    labelled("network", labels.lab, format),
    labelled("volume", labels.lab, format),
  ]);
  return parseDocker(containers, [...networks, ...volumes]);
}

/** Parses "7f3a21 agent1 running" for each container, and a lab's id for each thing else. */
export function parseDocker(containers: readonly string[], others: readonly string[]): Finds {
  return {
    machines: containers.flatMap((line) => {
      const [lab = "", name = "", state = ""] = line.split(" ");
      if (lab === "" || name === "") return [];
      return [{ lab, name, provider: "docker" as const, isRunning: state === "running" || state === "paused" }];
    }),
    labs: [...new Set(others)].filter(Boolean).map((lab) => ({ lab, provider: "docker" as const })),
  };
}

/** Returns the bytes that a lab's containers have written, without its volumes; undefined where Docker does not tell. */
export async function containerBytes(lab: string): Promise<number | undefined> {
  const ids = await labelled("container", `${labels.lab}=${lab}`, "{{.ID}}");
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
  return labelled("volume", `${labels.lab}=${lab}`, "{{.Mountpoint}}");
}
