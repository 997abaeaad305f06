import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { run } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import { type Api, ApiRefused, ApiSilent, formatKubeconfig, openApiOf } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("kube: api");
const { signal } = new AbortController();
const path = "/api/v1/namespaces/default/configmaps/a";
const object = { kind: "ConfigMap", metadata: { name: "a" } };

test("a kubeconfig without a server or without credentials is refused by its name", () => {
  const server = "https://10.76.0.10:6443";
  const whole = formatKubeconfig("lab", { server, ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" });
  for (const missing of ["server: ", "client-key-data"]) {
    assert.throws(
      () => openApiOf(whole.replace(new RegExp(`.*${missing}.*\n`), ""), "/lab/kubeconfig"),
      (error: Error) =>
        error.message ===
        "/lab/kubeconfig: is not a kubeconfig of K3s, expected a server, its CA and a client certificate. " +
          "Run `npm run lab:up`, which writes it again. [LAB-KUB-003]",
    );
  }
});

if (!isInstalled("openssl")) {
  console.log("kube: api: skipped what needs a certificate: openssl is missing");
} else {
  /** One certificate for both sides: the server trusts a client that has it, and the client such a server. */
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-api-"));
  const files = ["-keyout", join(dir, "key"), "-out", join(dir, "cert")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test"];
  await run("openssl", ["req", ...kind, "-addext", "subjectAltName=IP:127.0.0.1", ...files]);
  const [key, cert] = [readFileSync(join(dir, "key")), readFileSync(join(dir, "cert"))];
  rmSync(dir, { recursive: true });

  const serve = async (
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    timeoutFactor?: number,
  ) => {
    const server = createServer({ key, cert, ca: cert, requestCert: true }, answer).listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { api: open([url], timeoutFactor), url, close: () => (server.close(), server.closeAllConnections()) };
  };

  const open = ([server = "", ...others]: readonly string[], timeoutFactor?: number): Api => {
    const [ca, ownKey] = [cert.toString("base64"), key.toString("base64")];
    const kubeconfig = formatKubeconfig("lab", { server, others, ca, certificate: ca, key: ownKey });
    return openApiOf(kubeconfig, "kubeconfig", timeoutFactor);
  };

  /** An address where connections are accepted, and nothing is ever said: a machine that is frozen. */
  const serveNothing = async () => {
    const server = createTcpServer().listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
  };

  const refusing = "https://127.0.0.1:1";

  test("reads as the user of the certificate, and sees what does not exist", async () => {
    const { api, url, close } = await serve((request, response) => {
      assert.ok((request.socket as TLSSocket).authorized);
      if (request.url === path) response.end(JSON.stringify(object));
      else response.writeHead(404).end(JSON.stringify({ message: "not found" }));
    });
    assert.equal(await api.get(path, signal), object);
    assert.equal(await api.find(path, signal), object);
    assert.is(await api.find("/other", signal), undefined);
    await api.delete("/other", signal);
    const refused = await api.get("/other", signal).catch((reason: unknown) => reason);
    assert.instance(refused, ApiRefused);
    assert.is((refused as ApiRefused).status, 404);
    assert.is((refused as ApiRefused).reason, "not found");
    assert.is((refused as ApiRefused).message, `${url}: GET /other: HTTP 404: not found. [LAB-KUB-001]`);
    close();
  });

  test("the lines of a log come as they are written, however late the first one is", async () => {
    // An answer that has to begin at once is given up after a seventh of a second here.
    const { api, close } = await serve((_, response) => {
      setTimeout(() => response.write("first\nsec"), 600);
      setTimeout(() => response.end("ond\n"), 900);
    }, 0.01);
    const lines: string[] = [];
    for await (const line of api.lines("/log?follow=true", signal)) lines.push(line);
    assert.equal(lines, ["first", "second"]);
    assert.instance(await api.get(path, signal).catch((reason: unknown) => reason), ApiSilent);
    close();
  });

  test("applies on the server's side, and takes over fields of other managers", async () => {
    const { api, close } = await serve(async (request, response) => {
      assert.is(`${request.method} ${request.url}`, `PATCH ${path}?fieldManager=me&force=true`);
      assert.is(request.headers["content-type"], "application/apply-patch+yaml");
      response.end(JSON.stringify({ ...(JSON.parse(await text(request)) as object), status: {} }));
    });
    assert.equal(await api.apply(path, object, { manager: "me", signal }), { ...object, status: {} });
    close();
  });

  test("creates and patches, if asked to without storing anything", async () => {
    const requests: string[] = [];
    const { api, close } = await serve(async (request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers["content-type"]}`);
      response.writeHead(201).end(await text(request));
    });
    const list = "/api/v1/namespaces/default/services";
    assert.equal(await api.create(list, object, { signal, dryRun: true }), object);
    assert.equal(await api.patch(path, { data: null }, { signal }), { data: null });
    assert.equal(requests, [`POST ${list}?dryRun=All application/json`, `PATCH ${path} application/merge-patch+json`]);
    close();
  });

  test("yields the changes of a list as they come", async () => {
    const { api, close } = await serve(({ url }, response) => {
      assert.match(url ?? "", "/api/v1/nodes?watch=1&allowWatchBookmarks=true&resourceVersion=7");
      response.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
      response.end(`${JSON.stringify({ type: "DELETED", object })}\n`);
    });
    const types: string[] = [];
    for await (const { type } of api.watch("/api/v1/nodes", "7", signal)) types.push(type);
    assert.equal(types, ["ADDED", "DELETED"]);
    close();
  });

  test("a server that cannot be reached is named, and is not ready", async () => {
    const { api, close } = await serve((_, response) => response.end("ok"));
    assert.is(await api.isReady(signal), true);
    close();
    const silent = await api.get(path, signal).catch((reason: unknown) => reason);
    assert.instance(silent, ApiSilent);
    assert.match(String(silent), /https:\/\/127\.0\.0\.1:\d+: cannot be reached: .+ \[LAB-KUB-002\]$/);
    assert.is(await api.isReady(signal), false);
  });

  test("of several servers the next one is asked where the first refuses or says nothing, and remembered", async () => {
    const [frozen, whole] = [await serveNothing(), await serve((_, response) => response.end(JSON.stringify(object)))];
    for (const first of [refusing, frozen.url]) {
      const api = open([first, whole.url], 0.5);
      assert.equal(await api.get(path, signal), object, first);
      assert.equal(await api.create("/api/v1/namespaces/default/configmaps", object, { signal }), object, first);
      const started = performance.now();
      assert.equal(await api.get(path, signal), object);
      assert.ok(performance.now() - started < 1000, "the one that has answered is asked first");
    }
    const none = await open([frozen.url, refusing], 0.5)
      .get(path, signal)
      .catch((reason: unknown) => reason);
    assert.instance(none, ApiSilent);
    assert.match(String(none), frozen.url);
    frozen.close();
    whole.close();
  });

  test("what a server may have made is not asked of another one, and a refusal is an answer", async () => {
    const asked: string[] = [];
    // It ends in the middle of a question.
    const mute = await serve(({ method, socket }) => {
      asked.push(`${method} of the first`);
      socket.destroy();
    });
    const whole = await serve(({ method }, response) => {
      asked.push(`${method} of the second`);
      response.writeHead(403).end(JSON.stringify({ message: "no" }));
    });
    const list = "/api/v1/namespaces/default/configmaps";
    const create = async () => open([mute.url, whole.url]).create(list, object, { signal });
    assert.instance(await create().catch((reason: unknown) => reason), ApiSilent);
    const get = async () => open([mute.url, whole.url]).get(path, signal);
    assert.instance(await get().catch((reason: unknown) => reason), ApiRefused);
    const refused = async () => open([whole.url, mute.url]).get(path, signal);
    assert.instance(await refused().catch((reason: unknown) => reason), ApiRefused);
    assert.equal(asked, ["POST of the first", "GET of the first", "GET of the second", "GET of the second"]);
    mute.close();
    whole.close();
  });

  test("a server on emulated processors has longer to answer", async () => {
    // The usual 15 s, divided.
    const slowly = (_: IncomingMessage, response: ServerResponse) => void setTimeout(() => response.end("{}"), 300);
    const [hasty, patient] = [await serve(slowly, 1 / 100), await serve(slowly, 1)];
    const silent = await hasty.api.get(path, signal).catch((reason: unknown) => reason);
    assert.match(String(silent), /no answer within 0\.15 s/);
    assert.equal(await patient.api.get(path, signal), {});
    hasty.close();
    patient.close();
  });
}

test.run();
