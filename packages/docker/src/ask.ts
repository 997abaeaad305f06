import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { Problem } from "@k3s-lab/problem";
import { silent } from "./daemon-faults.js";
import { dockerEndpoint, refuseRemote, socketOf } from "./endpoint.js";

/** Milliseconds; a daemon that starts and stops containers may take seconds. */
const patience = 30_000;

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * Asks the daemon by its socket and returns its answer as parsed JSON; undefined where it knows no such thing. The `docker`
 * command would have to be started for it, which takes ten times as long.
 */
export async function ask<Value>(path: string, signal?: AbortSignal): Promise<Value | undefined> {
  const endpoint = dockerEndpoint();
  refuseRemote(endpoint);
  const { status, body } = await get(endpoint, path, patience, signal).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw silent(endpoint, cause);
  });
  if (status === 200) return JSON.parse(String(body)) as Value;
  if (status === 404) return undefined;
  throw new Problem(
    "LAB-DKR-004",
    "host",
    `Docker at ${endpoint} answers ${status} to ${path}: ${String(body).trim()}`,
    {
      remedy: "Look at `docker info` and at the daemon's log, then run the command again.",
    },
  );
}

/** Asks a daemon of this host for something. */
export function get(endpoint: string, path: string, timeout: number, signal?: AbortSignal): Promise<Answer> {
  return send(endpoint, { method: "GET", path, timeout, signal });
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: object | undefined;
  /** Milliseconds without a byte of the answer. Absent: as long as it takes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends one request to a daemon of this host. */
export function send(endpoint: string, { method, path, body: sent, timeout = 0, signal }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const content = sent === undefined ? undefined : Buffer.from(JSON.stringify(sent));
    const headers = content && { "content-type": "application/json", "content-length": content.length };
    const options = { socketPath: socketOf(endpoint) ?? "", method, path, timeout, agent: false } as const;
    const asking = request({ ...options, ...(headers && { headers }), ...(signal && { signal }) }, (answer) => {
      buffer(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    });
    asking.on("error", reject);
    asking.on("timeout", () => asking.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    asking.end(content);
  });
}
