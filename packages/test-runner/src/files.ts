import { existsSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { glob } from "zx";

/**
 * unit needs neither root nor network; root makes links and machines; e2e makes a whole lab; long takes what CI has no time
 * for; vms makes a lab of virtual machines.
 */
export type Kind = "unit" | "root" | "e2e" | "long" | "vms";

export interface TestFile {
  /** Relative to the repository, with `/`. */
  readonly file: string;
  readonly kind: Kind;
}

const order: readonly Kind[] = ["unit", "root", "e2e", "long", "vms"];

/** Sorts by kind, then by name, so that the order is the same everywhere. */
export function sortFiles(files: readonly string[]): readonly TestFile[] {
  return files
    .map((file) => ({ file: file.replaceAll("\\", "/"), kind: kindOf(file) }))
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.file < b.file ? -1 : 1));
}

/** Tells the kind by the name. What is no *.test.ts runs only where it is named. */
function kindOf(file: string): Kind {
  const suffix = /\.(root|e2e)\.test\.ts$|\.(long|vms)\.ts$/.exec(file);
  return order.find((kind) => kind === (suffix?.[1] ?? suffix?.[2])) ?? "unit";
}

/** Finds the tests that a person names by files, folders or patterns, and the names that match no test. */
export async function findFiles(
  root: string,
  names: readonly string[],
  cwd: string,
): Promise<{ readonly files: readonly TestFile[]; readonly unmatched: readonly string[] }> {
  const found = await Promise.all(
    (names.length === 0 ? ["packages", "scripts", "bench"] : names).map(async (name) => {
      const near = resolve(cwd, name);
      const inside = isAbsolute(name) || existsSync(near) ? relative(root, near).replaceAll("\\", "/") || "." : name;
      const pattern = /[*]|\.ts$/.test(inside) ? inside : `${inside}/**/*.test.ts`;
      return { name, files: await glob(pattern, { cwd: root, ignore: ["**/node_modules/**", "**/dist/**"] }) };
    }),
  );
  return {
    files: sortFiles([...new Set(found.flatMap(({ files }) => files))]),
    unmatched: found.filter(({ files }) => files.length === 0).map(({ name }) => name),
  };
}
