import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import type { Arch } from "./arch.js";
import type { Log } from "./release.js";

/** From the best kept small to the plain one: of one archive in several forms, a release's smallest is taken. */
const endings = [".tar.zst", ".tzst", ".tar.gz", ".tgz", ".tar"] as const;
const archNames = ["amd64", "arm64", "armhf", "arm", "s390x"] as const;

/** Returns the architecture that an archive's name gives, if it gives one. */
export function archOf(name: string): string | undefined {
  return archNames.find((arch) => new RegExp(`-${arch}\\.t[^/]*$`).test(name));
}

/** Returns the air-gap archives among a release's files: for this architecture, each in its smallest form. */
export function airgapArchives(names: Iterable<string>, arch: Arch): readonly string[] {
  const fitting = [...names].filter((name) => name.startsWith("k3s-airgap-") && archOf(name) === arch.name);
  // From the plain form to the smallest: the last one of a stem stays in the map.
  const stems = endings.toReversed().flatMap((ending) => {
    const inThisForm = fitting.filter((name) => name.endsWith(ending));
    return inThisForm.map((name) => [name.slice(0, -ending.length), name] as const);
  });
  return [...new Map(stems).values()].toSorted();
}

/** Returns the archives that fit: one for another processor is left out; a name that no command could carry is refused. */
export function archiveNames(folder: string, names: readonly string[], arch: Arch, log: Log): readonly string[] {
  return names.filter((name) => {
    if (!endings.some((ending) => name.endsWith(ending))) return false;
    // It becomes a file name on the nodes, inside of commands.
    if (!/^[A-Za-z0-9][\w.+@-]*$/.test(name)) {
      throw new Problem(
        "LAB-SRC-004",
        join(folder, name),
        "has a strange name, expected letters, digits and . _ + @ - only",
      );
    }
    const other = archOf(name);
    if (other === undefined || other === arch.name) return true;
    log.note(`${join(folder, name)} is for ${other}, the nodes are ${arch.name}: it is left out`);
    return false;
  });
}
