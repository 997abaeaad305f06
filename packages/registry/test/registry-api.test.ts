import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { repositoriesAt, serves, tagAt } from "../src/registry-api.js";

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
  assert.equal(await tagAt({ endpoint }, "a/b", "1"), { digest: "sha256:ab" });
  assert.equal(await tagAt({ endpoint }, "a/b", "2"), { digest: undefined });
  close();
  assert.is(await tagAt({ endpoint }, "a/b", "1"), undefined);
});

test("a registry serves when it answers with success", async () => {
  const { endpoint, close } = await answering((_, response) => response.writeHead(503).end());
  assert.is(await serves({ endpoint }), false);
  close();
  const good = await answering((request, response) => response.writeHead(request.url === "/v2/" ? 200 : 404).end());
  assert.is(await serves(good), true);
  good.close();
  assert.is(await serves(good), false);
});

test("all repositories and their tags are told, whatever the pages they come in", async () => {
  const names = Array.from({ length: 1001 }, (_, index) => `r${String(index).padStart(4, "0")}`);
  const { endpoint, close } = await answering((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://registry");
    const json = (value: unknown) => response.end(JSON.stringify(value));
    const last = searchParams.get("last");
    if (pathname === "/v2/_catalog" && last === null) json({ repositories: names.slice(0, 1000) });
    else if (pathname === "/v2/_catalog") json({ repositories: names.filter((name) => name > last!) });
    else if (pathname === "/v2/r0001/tags/list") json({ name: "r0001", tags: null });
    else if (pathname === "/v2/r0002/tags/list") response.writeHead(404).end();
    else json({ tags: ["2", "1"] });
  });
  const seen = await repositoriesAt({ endpoint });
  close();
  assert.equal(
    seen?.map(({ name }) => name),
    names,
  );
  assert.equal(
    seen?.slice(0, 3).map(({ tags }) => tags),
    [["1", "2"], [], []],
  );
});

test("a registry that does not answer holds nothing that could be told", async () => {
  const { endpoint, close } = await answering((_, response) => response.writeHead(503).end());
  assert.is(await repositoriesAt({ endpoint }), undefined);
  close();
  const empty = await answering((_, response) => response.end('{"repositories":null}'));
  assert.equal(await repositoriesAt(empty), []);
  empty.close();
  assert.is(await repositoriesAt(empty), undefined);
});

test.run();
