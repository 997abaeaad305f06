import { secretsInUrls } from "@k3s-lab/exec";
import { readAptProxies } from "./apt-proxies.js";
import { debianSources, readCandidates } from "./debian-sources.js";

/** The mirror that mmdebstrap uses by default. */
const publicMirror = "http://deb.debian.org/debian";

/** Where this host takes Debian from. */
export interface DebianSource {
  /** Lines of apt, for standard input: the URL of a mirror may hold a password. Empty for the public mirrors. */
  readonly lines: readonly string[];
  /** The proxies by which they are reached. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What must not be shown. */
  readonly secrets: readonly string[];
  /** The mirror's host, for messages. */
  readonly host: string;
}

/** Finds the mirror that the host's own apt uses, and the proxies on the way to it. */
export async function debianSource(): Promise<DebianSource> {
  const lines = await debianSources(await readCandidates());
  const mirrors = lines.flatMap((line) => line.split(" ")[1] ?? []);
  const mirror = mirrors[0] ?? publicMirror;
  const env = await readAptProxies(mirror);
  // Without the password that its URL may hold.
  const { host } = new URL(mirror);
  return { lines, env, secrets: secretsInUrls([...mirrors, ...Object.values(env)]), host };
}
