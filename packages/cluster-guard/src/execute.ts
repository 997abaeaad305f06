import { once } from "node:events";
import { Writable } from "node:stream";
import { Exec, type KubeConfig, type V1Status } from "@kubernetes/client-node";
import { names } from "./names.js";

const { namespace, container } = names;

export interface Executed {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

interface Limits {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Runs a command in the container of one of the guard's pods, to its end. */
export async function execute(
  config: KubeConfig,
  pod: string,
  command: readonly string[],
  { signal, timeout }: Limits,
): Promise<Executed> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const late = whenLate(AbortSignal.any([signal, AbortSignal.timeout(timeout)]), timeout);
  let answer: (status: V1Status) => void = () => {};
  const answered = new Promise<V1Status>((resolve) => (answer = resolve));
  const opening = new Exec(config).exec(namespace, pod, container, [...command], stdout, stderr, null, false, answer);
  try {
    const socket = await Promise.race([opening, late]).catch(rethrow);
    const closed = once(socket, "close").then((): never => {
      throw new Error("the connection was closed");
    });
    const { status } = await Promise.race([answered, late, closed]);
    return { ok: status === "Success", stdout: stdout.text, stderr: stderr.text };
  } finally {
    opening.then(
      (socket) => socket.terminate(),
      () => {}, // Told above.
    );
  }
}

function whenLate(signal: AbortSignal, timeout: number): Promise<never> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error(`no answer within ${timeout / 1000} s`)));
  });
  late.catch(() => {}); // Of no interest once there was an answer.
  return late;
}

/** The library hands on what its web socket says: an event that holds the error. */
function rethrow(event: { readonly message?: string }): never {
  throw new Error(event.message ?? "the connection failed", { cause: event });
}

class Kept extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
