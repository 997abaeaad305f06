import { parse } from "yaml";

const bumps: ReadonlySet<unknown> = new Set(["major", "minor", "patch", "none"]);

export interface ChangesetFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Finds what is wrong with the changesets. `changeset status` would compare with a base branch, which the detached clone of a
 * pipeline does not have.
 */
export function checkChangesets(changesets: readonly ChangesetFile[], packages: readonly string[]): readonly string[] {
  return changesets.flatMap(({ file, text }) => faultsOf(text, packages).map((fault) => `${file}: ${fault}`));
}

function faultsOf(text: string, packages: readonly string[]): readonly string[] {
  const [, head, body] = /^---\n([\s\S]*?)\n?---\n?([\s\S]*)$/.exec(text) ?? [];
  if (head === undefined || body === undefined) return ["has no front matter, expected `---` around package: bump"];
  const faults = body.trim() === "" ? ["says nothing, expected a paragraph for users"] : [];
  let entries: readonly [string, unknown][];
  try {
    entries = Object.entries((parse(head) ?? {}) as Record<string, unknown>);
  } catch (error) {
    return [...faults, `has a front matter that is not YAML: ${(error as Error).message.split("\n")[0]}`];
  }
  for (const [name, bump] of entries) {
    if (!packages.includes(name)) faults.push(`names ${name}, expected a public package of packages/`);
    if (!bumps.has(bump)) faults.push(`has ${String(bump)} for ${name}, expected major, minor, patch or none`);
  }
  return faults;
}
