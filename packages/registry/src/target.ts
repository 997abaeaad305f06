import { basename } from "node:path";
import { parseReference, type Reference } from "@k3s-lab/images";
import { wrong } from "./image-source.js";

export interface Wish {
  /** What the person writes as --name. */
  readonly asked: string | undefined;
  /** The lab's registry: "multi:5000". */
  readonly registry: string;
  /** A person's word for the image. */
  readonly subject: string;
}

/**
 * The names that an image gets in the lab's registry, without the registry: the one that is asked for (its tag may be
 * left out), or the image's own ones.
 */
export function targetNames(
  own: readonly string[],
  { asked, registry, subject }: Wish,
): readonly [string, ...string[]] {
  const references = own.map((name) => parseReference(name)).filter((reference) => reference !== undefined);
  if (asked !== undefined) {
    const parsed = parseReference(asked);
    if (parsed === undefined || parsed.digest !== undefined) {
      throw wrong(`--name ${asked}`, "does not parse, expected NAME:TAG in lower case");
    }
    if (parsed.domain !== undefined && parsed.domain !== registry) {
      throw wrong(
        `--name ${asked}`,
        `names the registry ${parsed.domain}, expected NAME:TAG in the lab's, ${registry}`,
      );
    }
    const name = targetName({ ...parsed, tag: parsed.tag ?? references[0]?.tag ?? "latest" });
    if (name !== undefined) return [name];
  }
  const [first, ...others] = [...new Set(references.map(targetName).filter((name) => name !== undefined))];
  if (first !== undefined) return [first, ...others];
  const suggestion = basename(subject)
    .replace(/\.(tar|tgz|gz)\b.*$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  throw wrong(subject, "does not say its name and tag, expected --name NAME:TAG", {
    remedy: `For example --name ${suggestion || "hello"}:1.`,
  });
}

/** The name an image gets in the lab's registry: its own without a registry, and without Docker's "library". */
function targetName({ domain: registry, path: own, tag }: Reference): string | undefined {
  if (tag === undefined) return undefined;
  const isDockers = registry === undefined || registry === "docker.io" || registry === "index.docker.io";
  return `${isDockers ? own.replace(/^library\//, "") : own}:${tag}`;
}
