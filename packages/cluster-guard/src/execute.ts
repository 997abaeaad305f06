import { once } from "node:events";
import type { Connection } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { WebSocket } from "ws";
import { names } from "./names.js";

const { namespace, container } = names;

export interface Executed {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Limits {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What the first byte of a message tells: which stream the rest of it is of. */
const channels = { stdout: 1, stderr: 2, status: 3 };

/**
 * Runs a command in the container of one of the guard's pods, to its end, as `kubectl exec` does:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#websocket (subprotocol v4.channel.k8s.io).
 */
export async function execute(
  { server, access }: Connection,
  pod: string,
  command: readonly string[],
  { signal, timeout }: Limits,
): Promise<Executed> {
  signal.throwIfAborted();
  const query = new URLSearchParams({ container, stdout: "true", stderr: "true" });
  for (const word of command) query.append("command", word);
  const url = `${server.replace(/^http/, "ws")}/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
  const socket = new WebSocket(url, "v4.channel.k8s.io", await access());
  // Told by `once`; one that comes later is of no interest.
  socket.on("error", () => {});
  const received = new Map<number, Buffer[]>();
  socket.on("message", (message: Buffer) => {
    const [channel = 0] = message;
    received.set(channel, [...(received.get(channel) ?? []), message.subarray(1)]);
    // The last word, after all output; each channel begins with an empty message.
    if (channel === channels.status && message.length > 1) socket.terminate();
  });
  const textOf = (channel: number) => Buffer.concat(received.get(channel) ?? []).toString();
  const late = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  try {
    await once(socket, "close", { signal: late });
    const status = textOf(channels.status);
    if (status === "") throw new Error("the connection was closed");
    const { status: outcome } = JSON.parse(status) as { readonly status?: string };
    return { ok: outcome === "Success", stdout: textOf(channels.stdout), stderr: textOf(channels.stderr) };
  } catch (cause) {
    signal.throwIfAborted();
    const why = late.aborted ? `no answer within ${timeout / 1000} s` : (cause as Error).message;
    throw new Problem("LAB-GRD-012", server, `cannot run a command in pod ${namespace}/${pod}: ${why}`, { cause });
  } finally {
    socket.terminate();
  }
}
