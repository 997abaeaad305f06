import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandFailed, run, type RunOptions, shellWord } from "@k3s-lab/exec";
import { isInstalled, type Program, scratchFolder } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import type { Progress } from "@k3s-lab/steps";
import { CopyProgress } from "./copy-progress.js";

export { CopyProgress } from "./copy-progress.js";
export { LayerBytes } from "./layer-bytes.js";

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
  readonly progress: Progress;
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
  try {
    await copyImage(copy, { timeout, signal, env, onLine: new CopyProgress(progress).line });
  } catch (cause) {
    if (!(cause instanceof CommandFailed) || cause.exit === undefined) throw cause;
    throw new Problem("LAB-IMG-002", subject, `${failed}: ${complaintOf(cause.stderr)}`, { cause, remedy });
  }
}

/** Copies an image; throws CommandFailed. */
export function copyImage(copy: Copy, options: TerminalOptions): Promise<void> {
  return runOnTerminal("skopeo", copyArgs(copy), options);
}

/** Returns the variables of the environment that keep a proxy from being asked for `address`. */
export function withoutProxy(address: string, env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> {
  const list = [env.NO_PROXY, env.no_proxy, address].filter((item) => item !== undefined && item !== "").join(",");
  return { NO_PROXY: list, no_proxy: list };
}

type TerminalOptions = Pick<RunOptions, "timeout" | "signal" | "env" | "onLine">;

const onTerminal = fileURLToPath(new URL("../shell/on-terminal.sh", import.meta.url));

/**
 * Runs a program that counts bytes on a terminal only, on one that script(1) makes. Where there is none of Linux', it is run as
 * usual, and counts nothing. Throws CommandFailed as run() does.
 */
async function runOnTerminal(program: string, args: readonly string[], options: TerminalOptions): Promise<void> {
  if (process.platform !== "linux" || !isInstalled("script")) {
    await run(program, args, options);
    return;
  }
  using scratch = scratchFolder("terminal");
  const errors = join(scratch.path, "errors");
  const line = ["sh", onTerminal, errors, program, ...args].map(shellWord).join(" ");
  const { exitCode } = await run("script", ["-qefc", line, "/dev/null"], {
    ...options,
    // Whose words these are, whatever shell the caller has.
    env: { ...options.env, SHELL: "/bin/sh" },
    answers: "any",
  });
  if (exitCode === 0) return;
  const said = readFileSync(errors, "utf8").trim();
  throw new CommandFailed(program, `ended with exit code ${exitCode}:\n${said}`, said, exitCode);
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
