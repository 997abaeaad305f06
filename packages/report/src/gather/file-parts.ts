import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { type Lab, labFiles } from "@k3s-lab/lab";
import { lastLines } from "../last-lines.js";
import { Missing, type Part } from "../part.js";

/** Files of `.lab/` that hold nothing but a secret, or nothing that a reader could use. */
const left: ReadonlySet<string> = new Set([
  labFiles.secrets,
  labFiles.nodes,
  labFiles.restoring,
  labFiles.kubeconfig,
  labFiles.certificates,
  labFiles.registryKeys,
  labFiles.registryPassword,
]);
/** Runs whose logs are taken, the last ones. */
const runs = 20;
const records = 5_000;

export function fileParts(
  { file, config, state }: Pick<Lab, "file" | "config" | "state">,
  lines: number,
): readonly Part[] {
  const logs = filesIn(state.path("logs")).toSorted((a, b) => changed(b) - changed(a));
  return [
    {
      path: "lab.yaml",
      what: "the configuration as it is written",
      gather: async () => lastLines(read(file), records),
    },
    {
      path: "configuration.json",
      what: "the configuration with every default",
      gather: async () => JSON.stringify(config, undefined, 2),
    },
    ...filesIn(state.dir, 1)
      .filter((path) => path.endsWith(".json") && !left.has(relative(state.dir, path)))
      .map((path): Part => {
        const name = relative(state.dir, path);
        return { path: `lab/${name}`, what: "a record", gather: async () => lastLines(read(path), records) };
      }),
    ...logs.slice(0, runs).map((path): Part => ({
      path: `logs/${relative(state.path("logs"), path)}`,
      what: "log of a run",
      gather: async () => lastLines(read(path), lines),
    })),
  ];
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Missing(code === "ENOENT" ? "there is none" : `cannot be read (${code})`, { cause });
  }
}

/** Ordinary files below a folder; none where it cannot be read. */
function filesIn(folder: string, depth = 3): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return depth > 1 ? filesIn(path, depth - 1) : [];
      return entry.isFile() ? [path] : [];
    });
  } catch {
    return [];
  }
}

function changed(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
