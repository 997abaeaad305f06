import { commandByOther, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { type Answer, send } from "./ask.js";
import { silent } from "./daemon-faults.js";
import { dockerEndpoint, refuseRemote } from "./endpoint.js";
import { program } from "./docker.js";

/** A program that is to run in a container. */
export interface Inside {
  readonly container: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Milliseconds. */
const patience = 30_000;

/**
 * Runs a program in a container by the daemon's socket, as `docker exec` does, which would be a process of its own for each. It has no
 * input. A container that cannot be entered is told of in Docker's words, with exit code 1.
 */
export function execInside(inside: Inside, options: RunOptions = {}): Promise<RunResult> {
  // As a person would type it, for those who look at what is run.
  const shown = ["exec", inside.container, ...inside.argv];
  return commandByOther(program, shown, options, (signal) => exec(inside, signal));
}

async function exec({ container, argv, env }: Inside, signal: AbortSignal): Promise<RunResult> {
  const endpoint = dockerEndpoint();
  refuseRemote(endpoint);
  const ask = (method: string, path: string, body?: object) =>
    send(endpoint, { method, path, body, signal }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw silent(endpoint, cause);
    });
  const made = await ask("POST", `/containers/${container}/exec`, {
    AttachStdout: true,
    AttachStderr: true,
    Cmd: argv,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
  });
  if (made.status !== 201) return refusal(made);
  const { Id } = parse(made) as { readonly Id: string };
  const ran = await ask("POST", `/exec/${Id}/start`, { Detach: false, Tty: false });
  if (ran.status !== 200) return refusal(ran);
  const outputs = outputsIn(ran.body);
  for (const until = Date.now() + patience; ;) {
    const answer = await ask("GET", `/exec/${Id}/json`);
    // Its container is gone meanwhile.
    if (answer.status !== 200) return refusal(answer);
    const seen = parse(answer) as { readonly ExitCode?: number | null; readonly Running?: boolean };
    // The output may end before the daemon has heard of the program's end.
    if (seen.Running !== true && typeof seen.ExitCode === "number") return { exitCode: seen.ExitCode, ...outputs };
    if (Date.now() > until) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Problem("LAB-DKR-004", "host", `Docker at ${endpoint} does not tell how a program has ended`);
}

function refusal(answer: Answer): RunResult {
  const { message = answer.body.toString() } = parse(answer) as { readonly message?: string };
  return { exitCode: 1, stdout: "", stderr: `Error response from daemon: ${message}` };
}

function parse({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return {};
  }
}

/** Bytes before each piece of the output: which of the two it is of, three of nothing, and its length. */
const head = 8;

/** Takes the two outputs apart that come as one. */
export function outputsIn(body: Buffer): Pick<RunResult, "stdout" | "stderr"> {
  const pieces: Readonly<Record<number, Buffer[]>> = { 1: [], 2: [] };
  for (let at = 0; at + head <= body.length;) {
    const end = at + head + body.readUInt32BE(at + 4);
    pieces[body[at] ?? 0]?.push(body.subarray(at + head, end));
    at = end;
  }
  const text = (of: 1 | 2) =>
    Buffer.concat(pieces[of] ?? [])
      .toString()
      .replace(/\n$/, "");
  return { stdout: text(1), stderr: text(2) };
}
