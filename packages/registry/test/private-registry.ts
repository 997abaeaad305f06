import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { MadeImage } from "@k3s-lab/images";

/** Who may read a private registry: by user and password, or by a refresh token. */
export interface Allowed {
  readonly basic: string;
  readonly refreshToken: string;
}

/** Serves one image to those who may read it, by tokens, as Docker Hub and the registries of clouds do. */
export async function privateRegistry(
  image: MadeImage,
  { basic, refreshToken }: Allowed,
): Promise<AsyncDisposable & { readonly host: string }> {
  const pass = createHash("sha256").update(basic).digest("hex");
  const server = createServer((asked, answer) => {
    const send = async () => {
      const { status, body, type = "application/json", headers = {} } = await respond(asked);
      answer.writeHead(status, { "content-type": type, ...headers });
      answer.end(asked.method === "HEAD" ? undefined : body);
    };
    void send();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function respond(asked: IncomingMessage): Promise<Answer> {
    const { pathname } = new URL(`http://${host}${asked.url}`);
    if (pathname === "/token") {
      const form = asked.method === "POST" ? new URLSearchParams(await text(asked)) : new URLSearchParams();
      const isAllowed = asked.headers.authorization === basic || form.get("refresh_token") === refreshToken;
      return isAllowed
        ? { status: 200, body: JSON.stringify({ token: pass, access_token: pass }) }
        : { status: 401, body: "{}" };
    }
    if (asked.headers.authorization !== `Bearer ${pass}`) {
      const headers = { "www-authenticate": `Bearer realm="http://${host}/token",service="${host}"` };
      return { status: 401, body: JSON.stringify({ errors: [{ code: "UNAUTHORIZED" }] }), headers };
    }
    const [, kind, name = ""] = /\/(manifests|blobs)\/(.+)$/.exec(pathname) ?? [];
    if (kind === undefined) return { status: 200, body: "{}" };
    const digest = kind === "manifests" ? image.manifest.digest : name;
    const body = image.blobs.get(digest);
    if (body === undefined) return { status: 404, body: "{}" };
    const type = kind === "manifests" ? image.manifest.mediaType : "application/octet-stream";
    return { status: 200, body, type, headers: { "docker-content-digest": digest } };
  }

  return {
    host,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Uint8Array | string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
