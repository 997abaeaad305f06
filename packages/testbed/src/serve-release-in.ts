import { fileURLToPath } from "node:url";
import type { Background, BackgroundOptions } from "./background.js";
import type { ReleaseServerOptions } from "./release-server.js";

type Start = (command: string, args: readonly string[], options: BackgroundOptions) => Promise<Background>;

/** Starts a release server by `host.background`: in the host's network. Resolves with what cluster.baseUrl has to be. */
export async function serveReleaseIn(
  host: { readonly background: Start },
  options: Omit<ReleaseServerOptions, "interfere">,
): Promise<AsyncDisposable & { readonly baseUrl: string }> {
  // Found from src/ (tests, by a loader) and from dist/.
  const program = fileURLToPath(new URL("../dist/serve-release.js", import.meta.url));
  const ready = /^serving \S+ at (\S+)$/;
  const server = await host.background("node", [program, JSON.stringify(options)], { ready });
  return { baseUrl: ready.exec(server.line)?.[1] ?? "", [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
