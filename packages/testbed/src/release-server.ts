import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface ReleaseServerOptions {
  /** A folder with the files of a release, such as k3s-from-modules makes. */
  readonly dir: string;
  /** "v1.34.4+k3s1" */
  readonly version: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Before the version, as a mirror may have it: "/k3s-io/k3s/releases/download". */
  readonly prefix?: string;
  /** May answer for the server: to cut, to lie, to be silent. Resolves with whether it did. */
  readonly interfere?: (request: IncomingMessage, response: ServerResponse, file: string) => boolean;
}

export interface ReleaseServer extends AsyncDisposable {
  /** What `cluster.baseUrl` has to be: "http://127.0.0.1:4711/releases/download". */
  readonly baseUrl: string;
  /** Every request for a file so far: "GET k3s bytes=4096-". */
  readonly requests: readonly string[];
}

/** Serves a folder as GitHub serves a release: `/<version>/<file>` leads to another host, which knows ranges. */
export async function serveRelease(options: ReleaseServerOptions): Promise<ReleaseServer> {
  const { host = "127.0.0.1", port = 0, prefix = "/releases/download", version, dir, interfere } = options;
  const requests: string[] = [];
  const assets = await listen(host, 0, (request, response) => {
    const file = decodeURIComponent(new URL(request.url ?? "/", "http://assets").pathname.slice(1));
    requests.push([request.method, file, request.headers.range].filter(Boolean).join(" "));
    if (!interfere?.(request, response, file)) sendFile(join(dir, file), request, response);
  });
  const front = await listen(host, port, (request, response) => {
    // Compared before it is decoded: a + in a path is a + to some servers and a space to others.
    const place = `${prefix}/${encodeURIComponent(version)}/`;
    const file = request.url?.startsWith(place) ? request.url.slice(place.length) : "";
    if (!/^[\w.%+-]+$/.test(file) || !isFile(join(dir, file))) return void response.writeHead(404).end("Not Found");
    response.writeHead(302, { location: `${addressOf(assets)}/${file}?token=expires` }).end();
  });
  return {
    baseUrl: addressOf(front) + prefix,
    requests,
    async [Symbol.asyncDispose]() {
      await Promise.all([close(front), close(assets)]);
    },
  };
}

function sendFile(path: string, { headers, method }: IncomingMessage, response: ServerResponse): void {
  const { size, mtimeMs } = statSync(path);
  const range = /^bytes=(\d+)-$/.exec(headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  if (range && start >= size) return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
  response.writeHead(range ? 206 : 200, {
    "accept-ranges": "bytes",
    "content-length": size - start,
    "content-type": "application/octet-stream",
    etag: `"${size}-${mtimeMs}"`,
    ...(range ? { "content-range": `bytes ${start}-${size - 1}/${size}` } : {}),
  });
  if (method === "HEAD") response.end();
  else createReadStream(path, { start }).pipe(response);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function listen(host: string, port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${port}`;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
