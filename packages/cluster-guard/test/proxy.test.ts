import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { Api } from "@k3s-lab/kube";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocketServer } from "ws";
import { execute } from "../src/execute.js";
import { openKubeconfig } from "../src/open-kubeconfig.js";

const test = suite("cluster-guard proxy");

const dir = mkdtempSync(join(tmpdir(), "k3s-lab-proxy-"));
const certificate = [
  "req",
  "-x509",
  "-newkey",
  "ec",
  "-pkeyopt",
  "ec_paramgen_curve:P-256",
  "-nodes",
  "-subj",
  "/CN=t",
];
const files = [
  "-addext",
  "subjectAltName=DNS:inner.example,IP:10.9.9.9,IP:127.0.0.1",
  "-keyout",
  join(dir, "key"),
  "-out",
  join(dir, "ca"),
];
await run("openssl", [...certificate, ...files]);
const [key, cert] = [readFileSync(join(dir, "key")), readFileSync(join(dir, "ca"))];
test.after(() => rmSync(dir, { recursive: true }));

const portOf = (server: Pick<Server, "address">) => (server.address() as AddressInfo).port;

/** An API by TLS, which also lets a pod answer. */
async function serveApi() {
  const server = createHttps({ key, cert }, (_, response) => response.end('{"items":[{"metadata":{"name":"far"}}]}'));
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.send(Buffer.concat([Buffer.of(3), Buffer.from('{"status":"Success"}')]));
  });
  await once(server.listen(0, "127.0.0.1").unref(), "listening");
  return server;
}

/** A proxy that leads to one port, wherever it is asked to, and tells where that was; or refuses. */
async function serveProxy(port: number, status = 200, listening: Server = createHttp()) {
  const asked: string[] = [];
  const server = listening.on("connect", ({ url = "", headers }: IncomingMessage, socket: Socket) => {
    asked.push([url, headers["proxy-authorization"] ?? []].flat().join(" "));
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    return socket.pipe(connect(port, "127.0.0.1")).pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1").unref(), "listening");
  return { asked, port: portOf(server) };
}

/** The same, as a SOCKS 5 proxy. */
async function serveSocks(port: number) {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.once("data", () => {
      socket.write(Buffer.of(5, 0));
      socket.once("data", (request) => {
        const kind = request[3] === 3 ? "name" : "address";
        asked.push(`${kind} ${request.subarray(5, 5 + (request[4] ?? 0)).toString()}`);
        socket.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 1));
        socket.pipe(connect(port, "127.0.0.1")).pipe(socket);
      });
    });
  });
  await once(server.listen(0, "127.0.0.1").unref(), "listening");
  return { asked, port: portOf(server) };
}

async function open(cluster: object) {
  const kubeconfig = {
    clusters: [
      { name: "c", cluster: { server: "https://api.invalid:6443", "certificate-authority": "ca", ...cluster } },
    ],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  writeFileSync(join(dir, "config"), JSON.stringify(kubeconfig));
  return (await openKubeconfig([join(dir, "config")])).connection;
}

const signal = new AbortController().signal;
const named = { "tls-server-name": "inner.example" };
const list = async (cluster: object) => new Api(await open(cluster)).list("/api/v1/nodes", signal);

test("the proxy-url of a cluster is used, for commands in pods too, and the server is known by its own name", async () => {
  const api = await serveApi();
  const proxy = await serveProxy(portOf(api));
  const cluster = { ...named, "proxy-url": `http://me:pass@127.0.0.1:${proxy.port}` };
  assert.equal(await list(cluster), [{ metadata: { name: "far" } }]);
  assert.equal(proxy.asked, [`api.invalid:6443 Basic ${Buffer.from("me:pass").toString("base64")}`]);
  const executed = await execute(await open(cluster), "guard-1", ["see"], { signal, timeout: 5_000 });
  assert.is(executed.ok, true);
  assert.is(proxy.asked.length, 2);
  // The certificate is of inner.example, or of an address, which TLS does not name.
  const { "proxy-url": url } = cluster;
  const refused = (await list({ "proxy-url": url }).catch((error: unknown) => error)) as Error;
  assert.match(
    refused.message,
    `cannot be reached through the proxy http://127.0.0.1:${proxy.port}: Hostname/IP does not match`,
  );
  assert.is((await list({ "proxy-url": url, "tls-server-name": "10.9.9.9" })).length, 1);
  const insecure = { "certificate-authority": undefined, "insecure-skip-tls-verify": true };
  assert.is((await list({ "proxy-url": url, ...insecure })).length, 1);
});

test("a SOCKS 5 proxy looks names up behind it", async () => {
  const api = await serveApi();
  const proxy = await serveSocks(portOf(api));
  assert.is((await list({ ...named, "proxy-url": `socks5://127.0.0.1:${proxy.port}` })).length, 1);
  assert.equal(proxy.asked, ["name api.invalid"]);
});

test("without an authority of its own, a cluster is trusted by what the host trusts, and so is a proxy by TLS", async () => {
  const api = await serveApi();
  const proxy = await serveProxy(portOf(api), 200, createHttps({ key, cert }));
  const cluster = { "certificate-authority": undefined, "tls-server-name": "inner.example" };
  const through = { ...cluster, "proxy-url": `https://127.0.0.1:${proxy.port}` };
  assert.match(String(await list(through).catch((error: unknown) => error)), "self-signed certificate");
  const before = process.env.SSL_CERT_FILE;
  process.env.SSL_CERT_FILE = join(dir, "ca");
  try {
    assert.is((await list(through)).length, 1);
  } finally {
    if (before === undefined) delete process.env.SSL_CERT_FILE;
    else process.env.SSL_CERT_FILE = before;
  }
  assert.is(proxy.asked.length, 1);
});

test("HTTPS_PROXY is used, and a proxy that refuses is distinguished from the cluster", async () => {
  const proxy = await serveProxy(0, 407);
  const before = process.env.HTTPS_PROXY;
  process.env.HTTPS_PROXY = `http://me:pass@127.0.0.1:${proxy.port}`;
  try {
    const error = (await list(named).catch((reason: unknown) => reason)) as Error;
    assert.match(
      error.message,
      `https://api.invalid:6443: cannot be reached through the proxy http://127.0.0.1:${proxy.port}: ` +
        "the proxy refuses to connect: HTTP 407. [LAB-KUB-002]",
    );
  } finally {
    if (before === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = before;
  }
});

test.run();
