import type { Response } from "undici";

/** Milliseconds without an answer, or without a further byte, after which a connection counts as cut. */
const silence = 30_000;

export interface Http {
  get(url: string, headers?: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response>;
  close(): Promise<void>;
}

/** Requests as the caller's HTTP_PROXY, HTTPS_PROXY and NO_PROXY want them; Node's own fetch ignores these. */
export async function openHttp(): Promise<Http> {
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent({
    headersTimeout: silence,
    bodyTimeout: silence,
    // Many proxies refuse to tunnel to plain HTTP.
    proxyTunnel: false,
  });
  return {
    get: (url, headers = {}, signal) =>
      fetch(url, {
        // An archive must come as it is: some servers call it "content-encoding: gzip", and it would be unpacked.
        headers: { "accept-encoding": "identity", ...headers },
        dispatcher,
        ...(signal ? { signal } : {}),
      }),
    close: () => dispatcher.destroy(),
  };
}

/** Returns why a request failed, without the address it was for: "ECONNREFUSED", "other side closed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What happened is innermost; around it stands "fetch failed" or "request was cancelled".
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  return error.message === "" ? (code ?? error.name) : error.message;
}
