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
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openKubeApi } from "../src/kube-api.js";
import { renderRegistry } from "../src/manifest.js";

const test = suite("registry kube-api");
const { signal } = new AbortController();
const [deployment] = renderRegistry({ image: "registry:3", port: 5000, node: "multi" });
const path = "/apis/apps/v1/namespaces/kube-system/deployments/kube-registry";

test("nothing is asked before there is a cluster", async () => {
  const error = await openKubeApi(() => undefined)
    .get(deployment, signal)
    .catch((reason: unknown) => reason);
  assert.match(String(error), "cluster: has no kubeconfig");
});

if (missingPrograms([{ name: "openssl", package: "openssl", why: "" }]).length > 0) {
  console.log("registry kube-api: skipped what needs a certificate: openssl is missing");
} else {
  /** One certificate for everybody: the server trusts the client that has it, and the other way round. */
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-kube-api-"));
  const files = ["-keyout", join(dir, "key"), "-out", join(dir, "cert")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test"];
  await run("openssl", ["req", ...kind, "-addext", "subjectAltName=IP:127.0.0.1", ...files]);
  const [key, cert] = [readFileSync(join(dir, "key")), readFileSync(join(dir, "cert"))];
  rmSync(dir, { recursive: true });

  const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
    const server = createServer({ key, cert, ca: cert, requestCert: true }, answer).listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    const access = { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: cert, cert, key };
    return { api: openKubeApi(() => access), close: () => (server.close(), server.closeAllConnections()) };
  };

  test("reads an object as the one that the certificate names, or sees that it is not there", async () => {
    const { api, close } = await serve((request, response) => {
      assert.ok((request.socket as TLSSocket).authorized);
      if (request.url === path) response.end(JSON.stringify(deployment));
      else response.writeHead(404).end("{}");
    });
    assert.equal(await api.get(deployment, signal), deployment);
    const other = { ...deployment, metadata: { ...deployment.metadata, name: "other" } };
    assert.is(await api.get(other, signal), undefined);
    close();
  });

  test("applies on the server's side, whoever else set a field", async () => {
    const { api, close } = await serve(async (request, response) => {
      assert.is(`${request.method} ${request.url}`, `PATCH ${path}?fieldManager=k3s-lab&force=true`);
      assert.is(request.headers["content-type"], "application/apply-patch+yaml");
      const object = JSON.parse(await text(request)) as object;
      response.end(JSON.stringify({ ...object, status: {} }));
    });
    assert.equal(await api.apply(deployment, signal), { ...deployment, status: {} });
    close();
  });

  test("finds pods by their labels", async () => {
    const { api, close } = await serve(({ url }, response) => {
      assert.is(url, "/api/v1/namespaces/kube-system/pods?labelSelector=app%3Dkube-registry");
      response.end(JSON.stringify({ kind: "PodList", items: [deployment] }));
    });
    assert.equal(await api.pods("kube-system", "app=kube-registry", signal), [deployment]);
    close();
  });

  test("says what the API says against it, and that it cannot be asked", async () => {
    const { api, close } = await serve((_, response) => {
      response.writeHead(422).end(JSON.stringify({ kind: "Status", message: "spec.replicas: Invalid value: -1" }));
    });
    const refused = await api.apply(deployment, signal).catch((reason: unknown) => reason);
    const words =
      "Deployment kube-system/kube-registry: was refused by the cluster's API: spec.replicas: Invalid value: -1";
    assert.match(String(refused), words);
    close();
    const silent = await api.get(deployment, signal).catch((reason: unknown) => reason);
    assert.match(String(silent), /https:\/\/127\.0\.0\.1:\d+: cannot be asked: /);
  });
}

test.run();
