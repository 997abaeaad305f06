import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { run } from "@k3s-lab/exec";
import { missingPrograms } from "@k3s-lab/host";
import { type ApiRefused, openApi } from "../src/index.js";
import { labKubeconfig } from "../src/kubeconfig.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster api");
const { signal } = new AbortController();
const path = "/api/v1/namespaces/default/configmaps/a";
const object = { kind: "ConfigMap", metadata: { name: "a" } };

test("a kubeconfig without a server or without credentials leads nowhere", () => {
  const whole = labKubeconfig("lab", "https://10.76.0.10:6443", { ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" });
  for (const missing of ["server", "client-key-data"]) {
    assert.is(openApi(whole.replace(new RegExp(`.*${missing}.*\n`), "")), undefined);
  }
});

if (missingPrograms([{ name: "openssl", package: "openssl", why: "" }]).length > 0) {
  console.log("cluster api: skipped what needs a certificate: openssl is missing");
} else {
  /** One certificate for everybody: the server trusts the client that has it, and the other way round. */
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-api-"));
  const files = ["-keyout", join(dir, "key"), "-out", join(dir, "cert")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test"];
  await run("openssl", ["req", ...kind, "-addext", "subjectAltName=IP:127.0.0.1", ...files]);
  const [key, cert] = [readFileSync(join(dir, "key")), readFileSync(join(dir, "cert"))];
  rmSync(dir, { recursive: true });

  const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
    const server = createServer({ key, cert, ca: cert, requestCert: true }, answer).listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [ca, ownKey] = [cert.toString("base64"), key.toString("base64")];
    const api = openApi(labKubeconfig("lab", url, { ca, certificate: ca, key: ownKey }));
    assert.ok(api);
    return { api, close: () => (server.close(), server.closeAllConnections()) };
  };

  test("reads as the one that the certificate names, and sees what is not there", async () => {
    const { api, close } = await serve((request, response) => {
      assert.ok((request.socket as TLSSocket).authorized);
      if (request.url === path) response.end(JSON.stringify(object));
      else response.writeHead(404).end(JSON.stringify({ message: "not found" }));
    });
    assert.equal(await api.get(path, signal), object);
    assert.equal(await api.find(path, signal), object);
    assert.is(await api.find("/other", signal), undefined);
    await api.delete("/other", signal);
    const refused = await api.get("/other", signal).catch((reason: unknown) => reason as ApiRefused);
    assert.is((refused as ApiRefused).status, 404);
    assert.is((refused as ApiRefused).reason, "not found");
    close();
  });

  test("applies on the server's side, whoever else set a field", async () => {
    const { api, close } = await serve(async (request, response) => {
      assert.is(`${request.method} ${request.url}`, `PATCH ${path}?fieldManager=me&force=true`);
      assert.is(request.headers["content-type"], "application/apply-patch+yaml");
      response.end(JSON.stringify({ ...(JSON.parse(await text(request)) as object), status: {} }));
    });
    assert.equal(await api.apply(path, object, "me", signal), { ...object, status: {} });
    close();
  });

  test("brings the changes of a list as they come", async () => {
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

  test("a server that cannot be asked is named, and is not ready", async () => {
    const { api, close } = await serve((_, response) => response.end("ok"));
    assert.is(await api.isReady(signal), true);
    close();
    const silent = await api.get(path, signal).catch((reason: unknown) => reason);
    assert.match(String(silent), /https:\/\/127\.0\.0\.1:\d+: cannot be asked: /);
    assert.is(await api.isReady(signal), false);
  });
}

test.run();
