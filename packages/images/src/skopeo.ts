import type { Program } from "@k3s-lab/host";

/** Host programs of this package. */
export const programs: readonly Program[] = [
  { name: "skopeo", package: "skopeo", why: "pushes images to the registry" },
];

export interface Copy {
  /** As skopeo spells it: "docker-archive:/tmp/hello.tar". */
  readonly source: string;
  readonly destination: string;
  /** Where the digest of what was copied is written. */
  readonly digestFile?: string;
  /** The registry to copy from speaks plain HTTP. */
  readonly plainSource?: boolean;
  /** The registry to copy into speaks plain HTTP. */
  readonly plainDestination?: boolean;
  /** What an image is for other architectures, too. */
  readonly everyArchitecture?: boolean;
  /** Where Docker listens, when not at its usual place. */
  readonly dockerHost?: string | undefined;
}

/** Into the lab's registry: plain HTTP, no credentials, and no helper program of Docker's that might hold some. */
export function pushArgs(copy: Copy): readonly string[] {
  return [...copyArgs(copy).slice(0, -2), "--dest-tls-verify=false", "--dest-no-creds", copy.source, copy.destination];
}

export function copyArgs(copy: Copy): readonly string[] {
  const { source, destination, digestFile, plainSource, plainDestination, everyArchitecture, dockerHost } = copy;
  return [
    // The host need have no policy.json; what is pushed here is the person's own choice.
    "--insecure-policy",
    "--override-os=linux",
    "copy",
    // A registry of the lab has nowhere to keep them, and a copy with them is refused.
    "--remove-signatures",
    ...(digestFile === undefined ? [] : [`--digestfile=${digestFile}`]),
    ...(everyArchitecture === true ? ["--multi-arch=all"] : []),
    ...(plainDestination === true ? ["--dest-tls-verify=false"] : []),
    ...(plainSource === true ? ["--src-tls-verify=false", "--src-no-creds"] : []),
    ...(dockerHost === undefined ? [] : [`--src-daemon-host=${dockerHost}`]),
    source,
    destination,
  ];
}

/** The environment without a proxy between us and the lab's LAN. */
export function withoutProxy(address: string, env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> {
  const list = [env.NO_PROXY, env.no_proxy, address].filter((item) => item !== undefined && item !== "").join(",");
  return { NO_PROXY: list, no_proxy: list };
}

/** What a line of skopeo's says about how far it has come; undefined for chatter. */
export function progressOf(line: string): string | undefined {
  const blob = /^Copying (blob|config) (?:sha256:)?([0-9a-f]{12})[0-9a-f]*/.exec(line);
  if (blob) return `copying ${blob[1] === "blob" ? "layer" : "configuration"} ${blob[2]}`;
  return line.startsWith("Writing manifest") ? "writing manifest" : undefined;
}

/** The sentence in what skopeo prints when it fails: `time="..." level=fatal msg="..."`. */
export function complaintOf(stderr: string): string {
  const quoted = /level=fatal msg=("(?:[^"\\]|\\.)*")/.exec(stderr)?.[1];
  if (quoted === undefined) return stderr.trim().split("\n").at(-1) || "skopeo said nothing";
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}
