import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { isInstalled, readIfExists } from "@k3s-lab/host";
import { suite } from "./recipe.js";

/** apt's own program for downloads: it follows the host's apt.conf, as apt does. */
export const aptHelper = "/usr/lib/apt/apt-helper";

const publicMirrors = new Set(["deb.debian.org", "security.debian.org"]);
/** Milliseconds that a mirror may take to answer. */
const answerTimeout = 30_000;

/** URLs of the host's apt sources that may be mirrors of Debian, in apt's order. */
export interface Candidates {
  readonly archives: readonly string[];
  readonly securities: readonly string[];
}

/** A suite of Debian by its name or its age, and which part of it. */
const debianSuite =
  /^(?:(?:old){0,2}stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke)(-updates|-security|\/updates)?$/;

/**
 * Returns what may be a mirror, of what `apt-get update --print-uris` prints: the component main of a suite of Debian.
 * Others have such suites, too (Tailscale, InfluxData), so a candidate is checked before it is used.
 */
export function candidatesIn(uris: string): Candidates {
  const found = [...uris.matchAll(/^'(https?:\/\/\S+?)\/dists\/(\S+)\/main\/binary-[^/]+\/Packages/gm)].flatMap(
    ([, uri = "", name = ""]) => {
      const [isDebian, part] = debianSuite.exec(name) ?? [];
      return isDebian === undefined ? [] : [{ uri, isSecurity: part === "-security" || part === "/updates" }];
    },
  );
  const of = (security: boolean) => [
    ...new Set(found.flatMap(({ uri, isSecurity }) => (isSecurity === security ? [uri] : []))),
  ];
  return { archives: of(false), securities: of(true) };
}

/**
 * Returns lines of apt for a Debian of our suite, for a host that takes Debian from a mirror of its own (a closed
 * network); none where the public mirrors do. `serves` tells whether a URL is a mirror of Debian that has a suite.
 */
export async function debianSources(
  { archives, securities }: Candidates,
  serves: (uri: string, suite: string) => Promise<boolean> = servesDebian,
): Promise<readonly string[]> {
  if (archives.some((uri) => publicMirrors.has(new URL(uri).host))) return [];
  const archive = await first(archives, (uri) => serves(uri, suite));
  if (archive === undefined) return [];
  const security = await first(securities, (uri) => serves(uri, `${suite}-security`));
  return [
    `deb ${archive} ${suite} main`,
    `deb ${archive} ${suite}-updates main`,
    ...(security === undefined ? [] : [`deb ${security} ${suite}-security main`]),
  ];
}

/** Lists what the host's apt would ask; nothing on a host without apt, or whose sources apt cannot read. Sends no requests. */
export async function readCandidates(): Promise<Candidates> {
  if (!isInstalled("apt-get")) return { archives: [], securities: [] };
  const { stdout } = await run("apt-get", ["update", "--print-uris"], { answers: "any" });
  return candidatesIn(stdout);
}

async function servesDebian(uri: string, name: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "k3s-lab-mirror-"));
  try {
    const file = join(folder, "Release");
    const args = ["download-file", `${uri}/dists/${name}/Release`, file];
    await run(aptHelper, args, { timeout: answerTimeout, answers: "any" }).catch(() => undefined);
    return /^Origin: Debian$/m.test(readIfExists(file) ?? "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function first(uris: readonly string[], isRight: (uri: string) => Promise<boolean>): Promise<string | undefined> {
  for (const uri of uris) if (await isRight(uri)) return uri;
  return undefined;
}
