import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openHttp, reasonOf } from "../src/http.js";

const test = suite("cluster http");
const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] as const;
const before = names.map((name) => [name, process.env[name]] as const);
test.before.each(() => names.forEach((name) => delete process.env[name]));
test.after(() => {
  for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
});

async function serve(listener: RequestListener): Promise<AsyncDisposable & { server: Server; url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function get(url: string): Promise<string> {
  const http = await openHttp();
  try {
    return await (await http.get(url)).text();
  } finally {
    await http.close();
  }
}

test("plain HTTP goes through HTTP_PROXY as a request, not as a tunnel", async () => {
  await using proxy = await serve((request, response) => response.end(`${request.method} ${request.url}`));
  process.env.HTTP_PROXY = proxy.url;
  assert.is(await get("http://mirror.example/k3s"), "GET http://mirror.example/k3s");
});

test("HTTPS goes through HTTPS_PROXY as a tunnel", async () => {
  await using proxy = await serve(() => {});
  const tunnels: string[] = [];
  proxy.server.on("connect", (request, socket) => {
    tunnels.push(request.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  process.env.HTTPS_PROXY = proxy.url;
  const error = await get("https://github.com/k3s").catch((cause: unknown) => cause);
  assert.match(reasonOf(error), "Proxy response (403)");
  assert.equal(tunnels, ["github.com:443"]);
});

test("NO_PROXY is honoured", async () => {
  await using proxy = await serve((_, response) => response.end("the proxy"));
  await using mirror = await serve((_, response) => response.end("the mirror"));
  process.env.HTTP_PROXY = proxy.url;
  assert.is(await get(mirror.url), "the proxy");
  process.env.NO_PROXY = "localhost,127.0.0.1";
  assert.is(await get(mirror.url), "the mirror");
});

test("a failure is named by its cause", async () => {
  const closed = await serve(() => {});
  await closed[Symbol.asyncDispose]();
  const error = await get(closed.url).catch((cause: unknown) => cause);
  assert.match(reasonOf(error), "ECONNREFUSED");
  assert.is(reasonOf("text"), "text");
});

test.run();
