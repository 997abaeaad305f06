import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { serveRelease } from "../src/index.js";

const test = suite<{ dir: string }>("testbed release server");
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-serve-"));
  writeFileSync(join(context.dir, "k3s"), "0123456789");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));
const version = "v1.34.4+k3s1";

test("a file is found by way of another host, in whole and in part", async ({ dir }) => {
  await using server = await serveRelease({ dir, version });
  const url = `${server.baseUrl}/v1.34.4%2Bk3s1/k3s`;
  const direct = await fetch(url, { redirect: "manual" });
  assert.is(direct.status, 302);
  assert.is.not(new URL(direct.headers.get("location") ?? "").host, new URL(url).host);
  assert.is(await (await fetch(url)).text(), "0123456789");
  const rest = await fetch(url, { headers: { range: "bytes=4-" } });
  assert.equal([rest.status, await rest.text(), rest.headers.get("content-range")], [206, "456789", "bytes 4-9/10"]);
  assert.is((await fetch(url, { headers: { range: "bytes=10-" } })).status, 416);
  assert.equal(server.requests, ["GET k3s", "GET k3s bytes=4-", "GET k3s bytes=10-"]);
});

test("nothing else is there", async ({ dir }) => {
  await using server = await serveRelease({ dir, version, prefix: "/mirror" });
  for (const path of [
    "/mirror/v1.34.4+k3s1/k3s",
    "/mirror/v1.34.4%2Bk3s1/none",
    "/mirror/v1.34.4%2Bk3s1/..%2fk3s",
    "/",
  ]) {
    assert.is((await fetch(new URL(path, server.baseUrl))).status, 404, path);
  }
});

test.run();
