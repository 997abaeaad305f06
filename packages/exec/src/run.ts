import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { Problem } from "@k3s-lab/problem";
import { foreground } from "./interruption.js";
import { observed } from "./observe.js";
import { redact } from "./redact.js";
import { endTree, track } from "./tree.js";

export interface RunOptions {
  /** Standard input: the place for secrets, never the arguments. */
  readonly input?: string | Uint8Array | undefined;
  /** In place of `input`: a file of the host. */
  readonly inputFile?: string | undefined;
  /** In place of `input`: what is written to the program while it runs. */
  readonly inputStream?: Readable | undefined;
  /** A file of this process' user, which standard output goes to instead of the result. */
  readonly outputFile?: string | undefined;
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The user that the program runs as, for root only. Default: as this process. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /**
   * A person attends: what the program writes to standard error is shown as it comes, it may take as long as the person does,
   * and it stays in the terminal's foreground, where it may ask for a password. With `stdin` it reads the caller's.
   */
  readonly attended?: { readonly stdin: boolean } | undefined;
  /** Milliseconds until the whole process tree is ended. Default: 60,000, unlimited where a person attends. */
  readonly timeout?: number | undefined;
  /** Never shown in an error or a line. */
  readonly secrets?: readonly string[] | undefined;
  /** Called for each line of standard output and error as it comes. */
  readonly onLine?: ((line: string, from: "stdout" | "stderr") => void) | undefined;
  /** Whether standard output is for `onLine` alone, however much it is, and the result has none. */
  readonly onlyLines?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The exit codes that are an answer, not a failure. Default: only 0. */
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
  /** The signal that ended the program, unless it was this process that ended it. */
  readonly signal: string | undefined;

  constructor(command: string, what: string, stderr: string, exit?: number, cause?: unknown, signal?: string) {
    super("LAB-RUN-001", command, what, { cause });
    this.exit = exit;
    this.stderr = stderr;
    this.signal = signal;
  }

  /** Whether a signal ended it, or what it ran: shells report that as 128 and the signal's number. */
  get wasKilled(): boolean {
    return this.signal !== undefined || (this.exit ?? 0) > 128;
  }
}

const defaultTimeout = 60_000;
/** Milliseconds for which a daemon that a program left behind may hold its output open. */
const heldOpen = 5_000;
const shownErrorLines = 8;

/**
 * Runs a program to its end, and everything that it starts to the same end: at a timeout or a signal the whole tree is
 * ended (see tree.ts). Throws CommandFailed, in which the arguments never appear: they may be long or confidential.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { signal, onLine, attended, secrets = [], timeout = attended ? Infinity : defaultTimeout } = options;
  // Loaded late: a stage with nothing to do starts no process.
  const { execa } = await import("execa");
  using seen = observed(command, args, { secrets, attended: attended !== undefined });
  const child = execa(command, args, {
    // Its own process group, by which its tree is found; but only the terminal's own may read from it.
    detached: attended === undefined,
    ...(attended && { stderr: ["inherit", "pipe"] as const }),
    reject: false,
    stripFinalNewline: true,
    maxBuffer: 64 * 1024 * 1024,
    ...inputOf(options),
    ...(options.outputFile !== undefined && { stdout: { file: options.outputFile }, buffer: { stdout: false } }),
    ...(options.onlyLines && { buffer: { stdout: false } }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
    ...options.user,
  });
  using _tracked = track(child.pid);
  const close = () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy());
  const end = () => {
    endTree(child.pid);
    close();
  };
  const late = timeout === Infinity ? new AbortController().signal : AbortSignal.timeout(timeout);
  const stop = signal ? AbortSignal.any([signal, late]) : late;
  stop.addEventListener("abort", end, { once: true });
  if (stop.aborted) end();
  child.once("exit", () => setTimeout(close, heldOpen).unref());
  const [result] = await Promise.all([child, onLine && forwardLines(child, onLine, secrets)]);
  // From here on its number may belong to another process.
  stop.removeEventListener("abort", end);

  const { exitCode, stdout = "", stderr } = result;
  seen.exitCode = exitCode;
  const shown = redact(stderr, secrets);
  const failed = (what: string, exit?: number, by?: string) =>
    new CommandFailed(command, what, shown, exit, result.cause, by);
  if (signal?.aborted) throw failed("was interrupted");
  if (late.aborted) throw failed(`took longer than ${timeout / 1000} s and was ended${tail(shown)}`);
  if (exitCode === undefined) {
    throw failed(
      notStarted[result.code ?? ""] ?? `could not be run to its end (${result.code ?? result.signal ?? "unknown"})`,
      undefined,
      result.signal,
    );
  }
  return judged(command, { exitCode, stdout, stderr }, options);
}

/** Returns what a program has come to, where that is an answer. */
function judged(command: string, result: RunResult, { answers = [0], secrets = [] }: RunOptions): RunResult {
  const { exitCode, stderr } = result;
  if (answers === "any" || answers.includes(exitCode)) return result;
  const shown = redact(stderr, secrets);
  throw new CommandFailed(command, `ended with exit code ${exitCode}${tail(shown)}`, shown, exitCode);
}

/**
 * Has another program, a daemon, run a command to its end, and tells of it as run() does: what it is, how long it took, and how it
 * failed. What the daemon has started is its own when this is given up.
 */
export async function commandByOther(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, "timeout" | "secrets" | "signal" | "answers">,
  does: (signal: AbortSignal) => Promise<RunResult>,
): Promise<RunResult> {
  const { signal, secrets = [], timeout = defaultTimeout } = options;
  using seen = observed(command, args, { secrets, attended: false });
  const late = timeout === Infinity ? new AbortController().signal : AbortSignal.timeout(timeout);
  try {
    const result = await does(signal ? AbortSignal.any([signal, late]) : late);
    seen.exitCode = result.exitCode;
    return judged(command, result, options);
  } catch (cause) {
    const failed = (what: string) => new CommandFailed(command, what, "", undefined, cause);
    if (signal?.aborted) throw failed("was interrupted");
    if (late.aborted) throw failed(`took longer than ${timeout / 1000} s and was ended`);
    throw cause;
  }
}

/**
 * Runs a program on the caller's own terminal; resolves with its exit code. By Node itself: a person would feel the time that
 * execa takes to load.
 */
export async function passThrough(
  command: string,
  args: readonly string[],
  { cwd, env }: Pick<RunOptions, "cwd" | "env"> = {},
): Promise<number> {
  try {
    using seen = observed(command, args, { attended: true });
    const child = spawn(command, args, { stdio: "inherit", cwd, env: { ...process.env, ...env } });
    using _tracked = track(child.pid);
    using _foreground = foreground();
    const [exitCode, signal] = (await once(child, "exit")) as [number, null] | [null, NodeJS.Signals];
    seen.exitCode = exitCode ?? undefined;
    return signal === null ? exitCode : 128 + constants.signals[signal];
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new CommandFailed(command, notStarted[code] ?? "could not be run", "", undefined, cause);
  }
}

function inputOf({ input, inputFile, inputStream, attended }: RunOptions) {
  if (attended?.stdin) return { stdin: "inherit" } as const;
  if (inputFile !== undefined) return { inputFile };
  if (inputStream !== undefined) return { input: inputStream };
  return input === undefined ? ({ stdin: "ignore" } as const) : { input };
}

/** Why a program could not even be started, by the code of the error. */
const notStarted: Readonly<Record<string, string>> = {
  ENOENT: "is not installed or not on PATH",
  EACCES: "may not be run by this user",
};

type Lines = AsyncIterable<string>;

/** Hands each line on as it comes, and resolves after the last, so that none comes after the result. */
async function forwardLines(
  child: { iterable(options: { from: "stdout" | "stderr" }): Lines },
  onLine: NonNullable<RunOptions["onLine"]>,
  secrets: readonly string[],
): Promise<void> {
  const forward = async (from: "stdout" | "stderr") => {
    for await (const line of child.iterable({ from })) onLine(redact(line, secrets), from);
  };
  // A program that fails ends its streams early; run() reports it.
  await Promise.allSettled([forward("stdout"), forward("stderr")]);
}

function tail(stderr: string): string {
  const lines = stderr.trim().split("\n").slice(-shownErrorLines).join("\n");
  return lines === "" ? "" : `:\n${lines}`;
}
