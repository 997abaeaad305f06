import { CommandFailed, run } from "@k3s-lab/exec";
import type { Program } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";

/** The host programs that copy images. */
export const programs: readonly Program[] = [
  { name: "skopeo", package: "skopeo", why: "pushes images to the registry" },
];

export interface Copy {
  /** In skopeo's notation: "docker-archive:/tmp/hello.tar". */
  readonly source: string;
  /** In skopeo's notation, too: "docker://10.76.0.10:5000/hello:1". */
  readonly destination: string;
  /** Options of `skopeo copy`: "--multi-arch=all". */
  readonly flags?: readonly string[] | undefined;
}

/** For a source, or a destination, that speaks plain HTTP and takes no credentials: skopeo need not look for any. */
export const plainSource: readonly string[] = ["--src-tls-verify=false", "--src-no-creds"];
export const plainDestination: readonly string[] = ["--dest-tls-verify=false", "--dest-no-creds"];

/** Returns skopeo's arguments for a copy of the image for Linux. */
export function copyArgs({ source, destination, flags = [] }: Copy): readonly string[] {
  return [
    // The host need not have a policy.json: what is copied here is the user's own choice.
    "--insecure-policy",
    "--override-os=linux",
    "copy",
    // A registry of the lab cannot store signatures, and refuses an image that has some.
    "--remove-signatures",
    ...flags,
    source,
    destination,
  ];
}

export interface Pushing extends Copy {
  /** What the copy is for, in its error: "could not be pushed". */
  readonly failed?: string;
  /** What the user calls the image. */
  readonly subject: string;
  /** What to do where the image can be neither read nor written. */
  readonly remedy?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Reports how far the copy has come. */
  progress(message: string): void;
}

/** Copies an image, into a registry or an archive. Rejects with a Problem that holds skopeo's own complaint. */
export async function push({
  failed = "could not be pushed",
  subject,
  remedy,
  timeout,
  signal,
  env,
  progress,
  ...copy
}: Pushing): Promise<void> {
  const onLine = (line: string) => {
    const message = progressOf(line);
    if (message !== undefined) progress(message);
  };
  try {
    await run("skopeo", copyArgs(copy), { timeout, signal, env, onLine });
  } catch (cause) {
    if (!(cause instanceof CommandFailed) || cause.exit === undefined) throw cause;
    throw new Problem("LAB-IMG-002", subject, `${failed}: ${complaintOf(cause.stderr)}`, { cause, remedy });
  }
}

/** Returns the variables of the environment that keep a proxy from being asked for `address`. */
export function withoutProxy(address: string, env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> {
  const list = [env.NO_PROXY, env.no_proxy, address].filter((item) => item !== undefined && item !== "").join(",");
  return { NO_PROXY: list, no_proxy: list };
}

/** Tells how far a copy has come, by a line that skopeo has printed; undefined for any other line. */
export function progressOf(line: string): string | undefined {
  const blob = /^Copying (blob|config) (?:sha256:)?([0-9a-f]{12})[0-9a-f]*/.exec(line);
  if (blob) return `copying ${blob[1] === "blob" ? "layer" : "configuration"} ${blob[2]}`;
  return line.startsWith("Writing manifest") ? "writing manifest" : undefined;
}

/** Returns the sentence in what skopeo prints when it fails: `time="..." level=fatal msg="..."`. */
export function complaintOf(stderr: string): string {
  const quoted = /level=fatal msg=("(?:[^"\\]|\\.)*")/.exec(stderr)?.[1];
  if (quoted === undefined) return stderr.trim().split("\n").at(-1) || "skopeo printed nothing";
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}
