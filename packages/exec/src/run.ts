import { constants } from "node:os";
import type { Readable } from "node:stream";
import { Problem } from "@k3s-lab/problem";
import { foreground } from "./interruption.js";
import { redact } from "./redact.js";
import { endTree, track } from "./tree.js";

export interface RunOptions {
  /** Given on standard input; where secrets go, never into the arguments. */
  readonly input?: string | Uint8Array | undefined;
  /** A file of the host in its place. */
  readonly inputFile?: string | undefined;
  /** In its place, what is said to the program while it runs. */
  readonly inputStream?: Readable | undefined;
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** As whom, for root only. Default: as this process. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Milliseconds until the whole process tree is ended. Default: 60,000. */
  readonly timeout?: number | undefined;
  /** Never shown in an error or a line. */
  readonly secrets?: readonly string[] | undefined;
  /** Called for each line of standard output and error as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Exit codes that are an answer, not a failure. Default: only 0. */
  readonly answers?: readonly number[] | "any" | undefined;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that could not be started, ended with an unexpected code, or took too long. */
export class CommandFailed extends Problem {
  override readonly name: string = "CommandFailed";
  readonly exit: number | undefined;
  readonly stderr: string;

  constructor(command: string, what: string, stderr: string, exit?: number, cause?: unknown) {
    super("LAB-RUN-001", command, what, { cause });
    this.exit = exit;
    this.stderr = stderr;
  }
}

const defaultTimeout = 60_000;
/** How long a daemon that a program left behind may hold its output open. */
const heldOpen = 5_000;
const shownErrorLines = 8;

/** Runs a program to its end. Its arguments never appear in an error: they may be long or confidential. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const timeout = options.timeout ?? defaultTimeout;
  // A process group of its own: a timeout then ends what the program started, too.
  const { execa } = await loadExeca();
  const child = execa(command, args, {
    detached: true,
    reject: false,
    stripFinalNewline: true,
    maxBuffer: 64 * 1024 * 1024,
    ...inputOf(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...options.user,
  });
  using _tracked = track(child.pid);
  let timedOut = false;
  const close = () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy());
  const end = () => {
    endTree(child.pid);
    close();
  };
  let held: NodeJS.Timeout | undefined;
  child.once("exit", () => (held = setTimeout(close, heldOpen)));
  const timer = setTimeout(() => ((timedOut = true), end()), timeout);
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted) end();
  const forwarded = options.onLine ? forwardLines(child, options.onLine, options.secrets ?? []) : undefined;
  const result = await child;
  clearTimeout(timer);
  clearTimeout(held);
  await forwarded;
  options.signal?.removeEventListener("abort", end);

  const stdout = String(result.stdout ?? "");
  const stderr = String(result.stderr ?? "");
  const clean = redact(stderr, options.secrets ?? []);
  if (options.signal?.aborted) throw new CommandFailed(command, "was interrupted", clean);
  if (timedOut)
    throw new CommandFailed(command, `took longer than ${timeout / 1000} s and was ended${tail(clean)}`, clean);
  if (result.exitCode === undefined) {
    const what =
      notStarted(result.code) ?? `could not be run to its end (${result.code ?? result.signal ?? "unknown"})`;
    throw new CommandFailed(command, what, clean, undefined, result.cause);
  }
  const answers = options.answers ?? [0];
  if (answers !== "any" && !answers.includes(result.exitCode)) {
    throw new CommandFailed(command, `ended with exit code ${result.exitCode}${tail(clean)}`, clean, result.exitCode);
  }
  return { exitCode: result.exitCode, stdout, stderr };
}

/** Runs a program on the caller's own terminal; resolves with its exit code. */
export async function passThrough(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, "cwd" | "env"> = {},
): Promise<number> {
  const { execa } = await loadExeca();
  const child = execa(command, args, {
    stdio: "inherit",
    reject: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  using _tracked = track(child.pid);
  using _foreground = foreground();
  const result = await child;
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal !== undefined) return 128 + constants.signals[result.signal];
  throw new CommandFailed(command, notStarted(result.code) ?? "could not be run", "", undefined, result.cause);
}

function inputOf({ input, inputFile, inputStream }: RunOptions) {
  if (inputFile !== undefined) return { inputFile };
  if (inputStream !== undefined) return { input: inputStream };
  return input === undefined ? ({ stdin: "ignore" } as const) : { input };
}

/** Why a program could not even be started. */
function notStarted(code: string | undefined): string | undefined {
  if (code === "ENOENT") return "is not installed or not on PATH";
  return code === "EACCES" ? "may not be run by this user" : undefined;
}

/** A stage with nothing to do starts no process, and then need not wait for what starts them. */
const loadExeca = () => import("execa");

type Lines = AsyncIterable<string>;

/** Resolves when each line has been handed on, so that none comes after the result. */
async function forwardLines(
  child: { iterable(options: { from: "stdout" | "stderr" }): Lines },
  onLine: (line: string) => void,
  secrets: readonly string[],
): Promise<void> {
  const forward = async (lines: Lines) => {
    for await (const line of lines) onLine(redact(line, secrets));
  };
  // A failing command ends its streams early; run() reports it.
  await Promise.allSettled([forward(child.iterable({ from: "stdout" })), forward(child.iterable({ from: "stderr" }))]);
}

function tail(stderr: string): string {
  const lines = stderr.trim().split("\n").slice(-shownErrorLines).join("\n");
  return lines === "" ? "" : `:\n${lines}`;
}
