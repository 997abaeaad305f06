import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { putImage } from "../src/registry-api.js";

const test = suite("registry put-image");
const image = {
  manifest: { digest: "sha256:m", mediaType: "application/vnd.oci.image.manifest.v1+json" },
  blobs: new Map([
    ["sha256:a", Buffer.from("a")],
    ["sha256:m", Buffer.from("{}")],
  ]),
};

/** A registry that answers with these statuses, by method. */
async function registry(statuses: Readonly<Record<string, number>>, location = "/v2/x/blobs/uploads/1?_state=s") {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    response.writeHead(statuses[request.method ?? ""] ?? 201, { location }).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const destination = { access: { endpoint: `http://127.0.0.1:${port}` }, repository: "x", tag: "1" };
  return { asked, destination, [Symbol.dispose]: () => void server.close() };
}

test("a part that the registry has is not sent again", async () => {
  using there = await registry({ HEAD: 200 });
  await putImage(image, there.destination);
  assert.equal(there.asked, ["HEAD /v2/x/blobs/sha256:a", "PUT /v2/x/manifests/1"]);
});

test("parts go where the registry says, at the address by which it was reached", async () => {
  using there = await registry(
    { HEAD: 404, POST: 202 },
    "http://registry.elsewhere:5000/v2/x/blobs/uploads/1?_state=s",
  );
  await putImage(image, there.destination);
  assert.equal(there.asked.slice(2), ["PUT /v2/x/blobs/uploads/1?_state=s&digest=sha256%3Aa", "PUT /v2/x/manifests/1"]);
});

test("a registry that refuses is named, with what it was asked", async () => {
  using there = await registry({ HEAD: 404, POST: 507 });
  try {
    await putImage(image, there.destination);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /answers 507 to POST \/v2\/x\/blobs\/uploads\/, expected 202/);
  }
});

test.run();
