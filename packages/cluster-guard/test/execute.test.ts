import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type WebSocket, WebSocketServer } from "ws";
import { execute } from "../src/execute.js";

const test = suite("cluster-guard execute");

/** A server that lets a pod answer a command: with what `answer` sends, by channel. */
async function pods(answer: (socket: WebSocket, send: (channel: number, text: string) => void) => void) {
  const asked: { url: string; protocol: string; authorization: string | undefined }[] = [];
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket, { url = "", headers: { authorization } }) => {
    asked.push({ url, protocol: socket.protocol, authorization });
    answer(socket, (channel, text) => socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)])));
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connection = { server: `http://127.0.0.1:${port}`, access: () => ({ headers: { authorization: "Bearer x" } }) };
  const run = (options: { timeout?: number; signal?: AbortSignal } = {}) =>
    execute(connection, "guard-1", ["/bin/cluster-guard", "see", "10.43.0.0/16"], {
      signal: new AbortController().signal,
      timeout: 5_000,
      ...options,
    });
  return { asked, server: connection.server, run, [Symbol.asyncDispose]: async () => void server.close() };
}

test("a command's output and outcome come over channels of one connection", async () => {
  await using api = await pods((socket, send) => {
    send(1, '{"faults":["');
    // Half a character, whose other half is in the next message.
    socket.send(Buffer.of(1, 0xc3));
    socket.send(Buffer.of(1, 0xa4));
    send(1, '"]}');
    send(2, "warned");
    send(3, '{"status":"Success"}');
    socket.close();
  });
  assert.equal(await api.run(), { ok: true, stdout: '{"faults":["ä"]}', stderr: "warned" });
  assert.equal(api.asked, [
    {
      url: "/api/v1/namespaces/kube-system/pods/guard-1/exec?container=guard&stdout=true&stderr=true&command=%2Fbin%2Fcluster-guard&command=see&command=10.43.0.0%2F16",
      protocol: "v4.channel.k8s.io",
      authorization: "Bearer x",
    },
  ]);
});

test("a command that fails has run, and its outcome ends the connection", async () => {
  await using api = await pods((_, send) => {
    for (const channel of [1, 2, 3]) send(channel, "");
    send(3, '{"status":"Failure","message":"exit code 1"}');
  });
  assert.equal(await api.run(), { ok: false, stdout: "", stderr: "" });
});

test("what keeps a command from running is reported", async () => {
  const message = (run: Promise<unknown>) => run.then(String, (error: Error) => error.message);
  const what = "cannot run a command in pod kube-system/guard-1";
  let server = "";
  {
    await using api = await pods((socket) => socket.close());
    ({ server } = api);
    assert.is(await message(api.run()), `${server}: ${what}: the connection was closed. [LAB-GRD-012]`);
  }
  {
    await using api = await pods(() => {});
    assert.is(
      await message(api.run({ timeout: 50 })),
      `${api.server}: ${what}: no answer within 0.05 s. [LAB-GRD-012]`,
    );
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 50);
    const error = await api.run({ signal: interruption.signal }).catch((reason: Error) => reason);
    assert.is((error as Error).name, "AbortError");
  }
  const limits = { signal: new AbortController().signal, timeout: 5_000 };
  const gone = execute({ server: "http://127.0.0.1:9", access: () => ({}) }, "guard-1", ["x"], limits);
  assert.match(await message(gone), /^http:\/\/127\.0\.0\.1:9: cannot run a command.*ECONNREFUSED.*\[LAB-GRD-012\]$/);
});

test.run();
