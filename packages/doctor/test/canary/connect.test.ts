import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectBy, parseAttempt } from "../../src/canary/connect.js";
import { run } from "@k3s-lab/exec";
import { createServer } from "node:net";
import { once } from "node:events";

const test = suite("doctor canary connect");
const { signal } = new AbortController();
const isLinux = process.platform === "linux";
const linuxTest = isLinux ? test : test.skip;

linuxTest("a shell connects, and reports the outcome", async () => {
  const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  assert.equal(await connectBy(run)("127.0.0.1", port, signal), { outcome: "open" });
  server.close();
  await once(server, "close");
  assert.equal(await connectBy(run)("127.0.0.1", port, signal), { outcome: "refused" });
});

linuxTest("a machine without a program to connect with reports so", async () => {
  const bare: typeof run = (command, args, options) =>
    run(`/bin/${command}`, args, { ...options, env: { PATH: "/no" } });
  assert.equal(await connectBy(bare)("127.0.0.1", 9, signal), {
    outcome: "failed",
    why: "it has neither bash nor nc",
  });
});

test("only a reported outcome counts", () => {
  assert.equal(parseAttempt("attempt timed out\n"), { outcome: "timed out" });
  assert.equal(parseAttempt("attempt absent: no pod\n"), { outcome: "absent", why: "no pod" });
  assert.equal(parseAttempt("attempt failed: bash: no such file\n"), { outcome: "failed", why: "bash: no such file" });
  for (const nothing of ["", "Connection refused\n", "attempt unknown\n"]) {
    assert.is(parseAttempt(nothing).outcome, "failed", nothing);
  }
});

test.run();
