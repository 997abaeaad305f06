import { join, relative, sep } from "node:path";
import { run } from "@k3s-lab/exec";
import { buildEnv, listArgs, type Part } from "./parts.js";
import { sources, type Arch } from "./release.js";

/** A Go module of which something is linked into the build. */
export interface LinkedModule {
  readonly path: string;
  /** Empty for k3s-lab's own. */
  readonly version: string;
  /** The folders that may hold a licence: those of the linked packages, and all above them within the module. */
  readonly folders: readonly string[];
}

const format = "{{with .Module}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}\t{{.Dir}}";

/** Lists what is linked into these parts, by the module cache alone. */
export async function linkedModules(parts: readonly Part[], arch: Arch, signal?: AbortSignal): Promise<LinkedModule[]> {
  const lines: string[] = [];
  for (const part of parts) {
    const options = { cwd: join(sources, part.module), env: buildEnv(part, arch, true), timeout: 5 * 60_000, signal };
    lines.push(...(await run("go", listArgs(part, format), options)).stdout.split("\n"));
  }
  return modulesOf(lines);
}

/** Gathers the modules of lines as `go list` prints them; packages of the standard library have none. */
export function modulesOf(lines: readonly string[]): LinkedModule[] {
  const found = new Map<string, { readonly path: string; readonly version: string; readonly folders: Set<string> }>();
  for (const line of lines) {
    const [path = "", version = "", root = "", folder = ""] = line.split("\t");
    if (root === "" || folder === "") continue;
    const module = found.get(`${path} ${version}`) ?? { path, version, folders: new Set<string>() };
    found.set(`${path} ${version}`, module);
    for (const each of foldersBetween(root, folder)) module.folders.add(each);
  }
  return [...found.values()]
    .map(({ folders, ...rest }) => ({ ...rest, folders: [...folders].toSorted() }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function foldersBetween(root: string, folder: string): readonly string[] {
  const steps = relative(root, folder).split(sep).filter(Boolean);
  return [root, ...steps.map((_, index) => join(root, ...steps.slice(0, index + 1)))];
}
