import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What the suite posts when it starts, and when a spec has ended. Each of its processes counts its own specs. */
interface Posted {
  /** "PASSED [sig-node] Pods ...", "FAILED ...", or that the suite starts or ends. */
  readonly msg?: string;
  /** How many specs will be run; 0 from a process that does not know. */
  readonly total?: number;
}

export interface Listener {
  onTotal(total: number): void;
  onPassed(name: string): void;
  onFailed(name: string): void;
}

/** Where the suite posts its progress to. */
export interface ProgressServer extends AsyncDisposable {
  readonly url: string;
}

/** Listens on this host alone. */
export async function serveProgress(listener: Listener): Promise<ProgressServer> {
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => hear(JSON.parse(body) as Posted, listener))
      // What cannot be read is no spec; the report at the end has them all.
      .catch(() => undefined)
      .finally(() => response.end());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Tells what was posted. */
export function hear({ msg = "", total = 0 }: Posted, listener: Listener): void {
  const [, outcome, name = ""] = /^(PASSED|FAILED) (.+)$/s.exec(msg) ?? [];
  if (outcome === undefined && total > 0) listener.onTotal(total);
  if (outcome === "PASSED") listener.onPassed(name);
  if (outcome === "FAILED") listener.onFailed(name);
}
