import { basename } from "node:path";
import { parseReference, type Reference } from "@k3s-lab/images";
import { wrongImage } from "./image-source.js";

export interface Naming {
  /** What the user wrote as --name. */
  readonly asked: string | undefined;
  /** The name of the lab's registry: "multi:5000". */
  readonly registry: string;
  /** What a message calls the image: its file, after which an image with only a tag is named. */
  readonly subject: string;
}

/**
 * Returns the names that an image gets in the lab's registry, without the registry: the one that was asked for, whose
 * tag may be left out, or else those that the image has already.
 */
export function targetNames(
  own: readonly string[],
  { asked, registry, subject }: Naming,
): readonly [string, ...string[]] {
  const references = own.map((name) => named(name, subject)).filter((reference) => reference !== undefined);
  if (asked !== undefined) {
    const { domain, path, tag = references[0]?.tag ?? "latest", digest } = parseReference(asked) ?? {};
    if (path === undefined || digest !== undefined) {
      throw wrongImage(`--name ${asked}`, "does not parse, expected NAME:TAG in lower case");
    }
    if (domain !== undefined && domain !== registry) {
      const what = `names the registry ${domain}, expected NAME:TAG in the lab's, ${registry}`;
      throw wrongImage(`--name ${asked}`, what);
    }
    return [targetName({ domain, path, tag })];
  }
  const [first, ...others] = new Set(references.filter(({ tag }) => tag !== undefined).map(targetName));
  if (first !== undefined) return [first, ...others];
  throw wrongImage(
    subject,
    "has no name and tag of its own, expected --name NAME:TAG",
    `For example --name ${repositoryOf(subject) || "hello"}:1.`,
  );
}

/** Tells whether an image has only a tag, so that its name comes from its file. */
export function isTagAlone(name: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(name);
}

/** Parses a name of an image; one with a tag alone is named after its file. */
export function named(name: string, subject: string): Reference | undefined {
  if (!isTagAlone(name)) return parseReference(name);
  const path = repositoryOf(subject);
  return path === "" ? undefined : { path, tag: name };
}

/** Makes a repository's name from a file's or folder's name. */
function repositoryOf(subject: string): string {
  return basename(subject)
    .replace(/\.(?:tar|tgz|txz|tzst|gz|xz|zst)\b.*$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

/** Drops the registry of a name, and with Docker's also its "library". */
function targetName({ domain, path, tag }: Reference): string {
  const isDockers = domain === undefined || domain === "docker.io" || domain === "index.docker.io";
  return `${isDockers ? path.replace(/^library\//, "") : path}:${tag}`;
}

/** Takes a name in the registry apart, with or without the registry's own: "hello:1". */
export function partsOf(target: string): { readonly repository: string; readonly tag: string } {
  const [, repository = target, tag = "latest"] = /^(.+?)(?::([^:/]+))?$/.exec(target) ?? [];
  return { repository, tag };
}
