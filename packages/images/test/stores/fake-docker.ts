import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";

/** A Docker of an API version, and the oldest that it takes: "1.51" and "1.44" are Docker 29's. */
export interface FakeDocker {
  readonly version?: string;
  readonly minimum: number;
  /** By name, as `docker save` would write them. */
  readonly images: Readonly<Record<string, Buffer>>;
}

/** Answers as dockerd does, on a socket. Yields the paths that it was asked for. */
export async function fakeDocker(
  socket: string,
  { version, minimum, images }: FakeDocker,
): Promise<AsyncDisposable & { readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const answer: RequestListener = ({ url = "" }, response) => {
    asked.push(url);
    const [, prefix, path = ""] = /^(?:\/v1\.(\d+))?(\/.*)$/.exec(url) ?? [];
    const end = (status: number, body: Buffer | object) => {
      response.statusCode = status;
      response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
    };
    if (prefix !== undefined && Number(prefix) < minimum) {
      const message = `client version 1.${prefix} is too old. Minimum supported API version is 1.${minimum}, please upgrade your client to a newer version`;
      return end(400, { message });
    }
    if (path === "/_ping" && version !== undefined) {
      response.setHeader("Api-Version", version);
      return end(200, Buffer.from("OK"));
    }
    if (path.startsWith("/images/json?")) {
      const { reference } = JSON.parse(new URL(path, "http://docker").searchParams.get("filters") ?? "{}") as {
        readonly reference: readonly string[];
      };
      const names = Object.keys(images).filter((each) => reference.includes(each.split(":")[0] ?? ""));
      // An image has all of its names, and one that lost its name has none.
      return end(200, [{ RepoTags: [...names, "another-name:1"] }, { RepoTags: null }]);
    }
    const [, name = "", what] = /^\/images\/(.+)\/(json|get)$/.exec(path) ?? [];
    const image = images[name];
    if (image === undefined) return end(404, { message: `No such image: ${name}` });
    return end(200, what === "get" ? image : { Id: `sha256:${"d".repeat(64)}`, Size: image.length });
  };
  const server = createServer(answer).listen(socket);
  await once(server, "listening");
  return {
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
