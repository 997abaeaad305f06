import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { tagAt, serves } from "../src/registry-api.js";

const test = suite("registry registry-api");

async function answering(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

test("a digest is that of the tag; one that is not there is told from no answer", async () => {
  const { endpoint, close } = await answering((request, response) => {
    assert.match(request.headers.accept ?? "", "application/vnd.oci.image.manifest.v1+json");
    if (request.url === "/v2/a/b/manifests/1") response.setHeader("docker-content-digest", "sha256:ab").end();
    else response.writeHead(404).end();
  });
  assert.equal(await tagAt(endpoint, "a/b", "1"), { digest: "sha256:ab" });
  assert.equal(await tagAt(endpoint, "a/b", "2"), { digest: undefined });
  close();
  assert.is(await tagAt(endpoint, "a/b", "1"), undefined);
});

test("a registry serves when it answers with success", async () => {
  const { endpoint, close } = await answering((_, response) => response.writeHead(503).end());
  assert.is(await serves(endpoint), false);
  close();
  const good = await answering((request, response) => response.writeHead(request.url === "/v2/" ? 200 : 404).end());
  assert.is(await serves(good.endpoint), true);
  good.close();
  assert.is(await serves(good.endpoint), false);
});

test.run();
