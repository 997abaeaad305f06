import { proxyFor, trustedCertificates } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import type { Response } from "undici";

/** Milliseconds without an answer, or without a further byte, after which a connection counts as cut. */
const silence = 30_000;

export interface Http {
  get(url: string, headers?: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Sends requests through the caller's HTTP_PROXY, HTTPS_PROXY and NO_PROXY, trusting the certificates that the host trusts;
 * Node's own fetch ignores all of these. A request throws like proxyFor().
 */
export async function openHttp(): Promise<Http> {
  const { Agent, fetch, Pool, ProxyAgent } = await import("undici");
  const { createSecureContext } = await import("node:tls");
  const tls = { secureContext: createSecureContext({ ca: await trustedCertificates() }) };
  const dispatcher = new Agent({
    connect: tls,
    headersTimeout: silence,
    bodyTimeout: silence,
    // undici's own agent for the environment takes only whole URLs, and no networks in NO_PROXY.
    factory: (origin, options) => {
      // A proxy for HTTP alone is for HTTPS, too, as npm and apt have it.
      const names = String(origin).startsWith("https:") ? ["HTTPS_PROXY", "HTTP_PROXY"] : ["HTTP_PROXY"];
      const proxy = proxyFor(new URL(origin), process.env, names);
      if (proxy === undefined) return new Pool(origin, options);
      const isSocks = proxy.protocol.startsWith("socks");
      return new ProxyAgent({
        ...options,
        uri: proxy.href.replace(/^socks5h:/, "socks5:"),
        requestTls: tls,
        // It would speak TLS to a SOCKS proxy.
        ...(!isSocks && { proxyTls: tls }),
        // Many proxies refuse to tunnel to plain HTTP.
        proxyTunnel: false,
      });
    },
  });
  return {
    get: (url, headers = {}, signal) =>
      fetch(url, {
        // An archive must come as it is: some servers call it "content-encoding: gzip", and it would be unpacked.
        headers: { "accept-encoding": "identity", ...headers },
        dispatcher,
        ...(signal ? { signal } : {}),
      }).catch((error: Error) => {
        throw error.cause instanceof Problem ? error.cause : error;
      }),
    close: () => dispatcher.destroy(),
  };
}

/** OpenSSL's codes for a certificate whose chain does not end at a trusted authority. */
const untrusted =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;

/** Returns why a request failed, without the address it was for: "ECONNREFUSED", "other side closed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What happened is innermost; around it stands "fetch failed" or "request was cancelled".
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && untrusted.test(code)) {
    return `${error.message} (the host does not trust the authority that signed the server's certificate: add it to the system's, or name its file with host.certificates in lab.yaml)`;
  }
  return error.message === "" ? (code ?? error.name) : error.message;
}
