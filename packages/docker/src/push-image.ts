import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { silent } from "./daemon-faults.js";
import { dockerEndpoint, refuseRemote, socketOf } from "./endpoint.js";

/** What the daemon says while it pushes. */
export interface PushMessage {
  /** The layer that it is about. */
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  /** Of what was pushed, in the end. */
  readonly aux?: { readonly Digest?: string };
  readonly error?: string;
}

interface PushOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** No registry's: "{}". The daemon insists on some. */
const noCredentials = { "X-Registry-Auth": "e30=" };

/**
 * Has the daemon push an image to a registry that asks for no credentials, and yields what it says meanwhile: `docker push` tells
 * bytes only to a terminal. `name` is without the tag. Ends with an `error` where the daemon cannot.
 */
export async function* pushImage(
  name: string,
  tag: string,
  { env, signal }: PushOptions = {},
): AsyncGenerator<PushMessage> {
  const endpoint = dockerEndpoint({ ...(env && { env }) });
  refuseRemote(endpoint);
  const path = `/images/${name}/push?tag=${encodeURIComponent(tag)}`;
  const asking = request({
    socketPath: socketOf(endpoint) ?? "",
    path,
    method: "POST",
    headers: noCredentials,
    agent: false,
    ...(signal && { signal }),
  });
  asking.end();
  let answer: IncomingMessage;
  try {
    [answer] = (await once(asking, "response")) as [IncomingMessage];
  } catch (cause) {
    signal?.throwIfAborted();
    throw silent(endpoint, cause);
  }
  if (answer.statusCode !== 200) {
    const said = await text(answer);
    yield { error: messageIn(said) ?? `${answer.statusCode}: ${said.trim()}` };
    return;
  }
  for await (const line of createInterface({ input: answer })) {
    if (line.trim() !== "") yield JSON.parse(line) as PushMessage;
  }
  signal?.throwIfAborted();
}

function messageIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { readonly message?: string }).message;
  } catch {
    return undefined;
  }
}
