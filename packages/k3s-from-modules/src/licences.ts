import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { LicenceMissing } from "./errors.js";
import type { LinkedModule } from "./linked.js";

/** Whose licence is told, and the files that hold it. */
export interface Licensed {
  readonly name: string;
  readonly files: readonly string[];
}

/** Finds the licences and notices of a module. */
export async function licensed({ path, version, folders }: LinkedModule): Promise<Licensed> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isFile() && isLicence(entry.name)).map(({ name }) => join(folder, name));
    }),
  );
  const files = found.flat();
  if (files.length === 0) throw new LicenceMissing(path, folders[0] ?? path);
  return { name: [path, version].filter(Boolean).join(" "), files };
}

/** Tells whether a file is a licence or a notice, by its name. */
export function isLicence(name: string): boolean {
  return /^(un)?(licen[cs]e|copying|copyright|notice|patents)([-_.][-\w.]*)?$/i.test(name) && !/\.(go|sh)$/.test(name);
}

/** Writes each text once, under the names of all that it is for. */
export async function licenceText(all: readonly Licensed[]): Promise<string> {
  const owners = new Map<string, Set<string>>();
  for (const { name, files } of all) {
    for (const file of files) {
      const text = (await readFile(file, "utf8").catch(refuse(name, file))).trim();
      owners.set(text, (owners.get(text) ?? new Set()).add(`${name} (${basename(file)})`));
    }
  }
  const line = "=".repeat(80);
  return [...owners].map(([text, names]) => `${line}\n${[...names].join("\n")}\n${line}\n\n${text}\n`).join("\n");
}

function refuse(name: string, file: string): (cause: unknown) => never {
  return (cause) => {
    throw new LicenceMissing(name, file, cause);
  };
}
