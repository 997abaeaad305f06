import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A build is known by its sources and by the tools that made it. */
interface Key {
  readonly sources: string;
  readonly tools: string;
}

export interface SourceFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Reads the files of these modules, without what only tests need. */
export async function readSources(dir: string, modules: readonly string[]): Promise<SourceFile[]> {
  const found = modules.map((module) => readdir(join(dir, module), { recursive: true, withFileTypes: true }));
  const names = (await Promise.all(found))
    .flat()
    .filter((entry) => entry.isFile() && !entry.name.endsWith("_test.go"))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
  return Promise.all(names.map(async (name) => ({ name, content: await readFile(join(dir, name)) })));
}

export function hashSources(files: readonly SourceFile[], recipe: unknown): string {
  const hash = createHash("sha256");
  for (const { name, content } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
}

export function hashTools(env: Readonly<Record<string, string>>): string {
  const lines = Object.keys(env)
    .toSorted()
    .map((name) => `${name}=${env[name]}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex").slice(0, 8);
}

export function directoryName({ sources, tools }: Key): string {
  return `${sources}-${tools}`;
}
