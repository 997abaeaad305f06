import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInstalled } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { makeAuthority } from "@k3s-lab/testbed";
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

test("a proxy may be written without a scheme", async () => {
  await using proxy = await serve((request, response) => response.end(`${request.method} ${request.url}`));
  process.env.HTTP_PROXY = proxy.url.slice("http://".length);
  assert.is(await get("http://mirror.example/k3s"), "GET http://mirror.example/k3s");
});

test("a SOCKS 5 proxy is given names, written either way", async () => {
  const asked: string[] = [];
  const proxy = createTcpServer((socket) => {
    socket.once("data", () => {
      socket.write(Buffer.of(5, 0));
      socket.once("data", (request) => {
        asked.push(request.subarray(5, 5 + (request[4] ?? 0)).toString());
        socket.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 1));
        socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsums"));
      });
    });
  });
  await once(proxy.listen(0, "127.0.0.1").unref(), "listening");
  const { port } = proxy.address() as AddressInfo;
  for (const scheme of ["socks5", "socks5h"]) {
    process.env.HTTP_PROXY = `${scheme}://127.0.0.1:${port}`;
    assert.is(await get("http://mirror.example/k3s"), "sums");
  }
  proxy.close();
  assert.equal(asked, ["mirror.example", "mirror.example"]);
});

test("a proxy that cannot be used is refused by its variable, without its password", async () => {
  for (const [proxy, shown] of [
    ["ftp://u:secret@p", "ftp://[redacted]@p"],
    ["socks4://p:1", "socks4://p:1"],
    ["http://", "http://"],
  ]) {
    process.env.https_proxy = proxy;
    const error = await get("https://mirror.example/k3s").catch((cause: unknown) => cause);
    assert.instance(error, Problem);
    assert.match(String(error), `https://mirror.example: cannot be reached: https_proxy is ${shown}, expected`);
    assert.match(String(error), "[LAB-HST-009]");
  }
});

test("NO_PROXY is honoured, with names and with networks", async () => {
  await using proxy = await serve((_, response) => response.end("the proxy"));
  await using mirror = await serve((_, response) => response.end("the mirror"));
  // This host by an address that is not of its loopback, for which no proxy is ever asked.
  const url = mirror.url.replace("127.0.0.1", "0.0.0.0");
  process.env.HTTP_PROXY = proxy.url;
  assert.is(await get(url), "the proxy");
  for (const noProxy of ["localhost,0.0.0.0", "10.0.0.0/8 0.0.0.0/8"]) {
    process.env.NO_PROXY = noProxy;
    assert.is(await get(url), "the mirror", noProxy);
  }
});

test("HTTPS goes through HTTP_PROXY where HTTPS_PROXY is not set", async () => {
  await using proxy = await serve(() => {});
  proxy.server.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  process.env.HTTP_PROXY = proxy.url;
  const error = await get("https://github.com/k3s").catch((cause: unknown) => cause);
  assert.match(reasonOf(error), "Proxy response (403)");
});

test("a failure is named by its cause", async () => {
  const closed = await serve(() => {});
  await closed[Symbol.asyncDispose]();
  const error = await get(closed.url).catch((cause: unknown) => cause);
  assert.match(reasonOf(error), "ECONNREFUSED");
  assert.is(reasonOf("text"), "text");
});

if (!isInstalled("openssl")) {
  console.log("cluster http: skipped what needs a certificate: openssl is missing");
} else {
  test("a server is trusted by the host's store, which Node 20 does not read by itself", async () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-http-"));
    const stores = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] as const;
    const usual = stores.map((name) => [name, process.env[name]] as const);
    const { file, server } = await makeAuthority(dir, "Corp", "127.0.0.1");
    const mirror = createTlsServer(server, (_, response) => response.end("sums")).listen(0, "127.0.0.1");
    await once(mirror, "listening");
    const url = `https://127.0.0.1:${(mirror.address() as AddressInfo).port}/`;
    try {
      stores.forEach((name) => delete process.env[name]);
      const refused = await get(url).catch((cause: unknown) => cause);
      assert.match(reasonOf(refused), /does not trust the authority that signed .*host\.certificates in lab\.yaml/);
      for (const name of stores) {
        process.env[name] = file;
        assert.is(await get(url), "sums");
        delete process.env[name];
      }
    } finally {
      for (const [name, value] of usual) if (value !== undefined) process.env[name] = value;
      mirror.close();
      mirror.closeAllConnections();
      rmSync(dir, { recursive: true });
    }
  });
}

test.run();
