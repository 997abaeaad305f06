import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type PushMessage, pushImage } from "../src/push-image.js";

const test = suite("docker push by its socket");

const dir = mkdtempSync(join(tmpdir(), "k3s-lab-docker-push-"));
const env = { DOCKER_HOST: `unix://${join(dir, "docker.sock")}` };
let answer: (asked: IncomingMessage, answer: ServerResponse) => void = () => {};
const server = createServer((asked, answered) => answer(asked, answered));

test.before(async () => {
  await once(server.listen(join(dir, "docker.sock")), "listening");
});
test.after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

async function messagesOf(options: { readonly signal?: AbortSignal } = {}): Promise<readonly PushMessage[]> {
  const messages: PushMessage[] = [];
  for await (const message of pushImage("localhost:41873/acme/app", "1.0", { env, ...options })) messages.push(message);
  return messages;
}

test("each message comes as it is said, however the answer is cut, and no credentials are sent", async () => {
  let asked: IncomingMessage | undefined;
  answer = (request, response) => {
    asked = request;
    response.write('{"status":"Pushing","progressDetail":{"current":1,"tot');
    setTimeout(() => response.end('al":2},"id":"aaaaaaaaaaaa"}\r\n{"aux":{"Digest":"sha256:0a"}}\r\n'), 20);
  };
  assert.equal(await messagesOf(), [
    { status: "Pushing", progressDetail: { current: 1, total: 2 }, id: "aaaaaaaaaaaa" },
    { aux: { Digest: "sha256:0a" } },
  ]);
  assert.is(asked?.method, "POST");
  assert.is(asked?.url, "/images/localhost:41873/acme/app/push?tag=1.0");
  assert.is(asked?.headers["x-registry-auth"], Buffer.from("{}").toString("base64"));
});

test("a daemon that refuses at once ends with its reason", async () => {
  answer = (_, response) => {
    response.statusCode = 404;
    response.end('{"message":"An image does not exist locally with the tag: localhost:41873/acme/app"}');
  };
  assert.equal(await messagesOf(), [
    { error: "An image does not exist locally with the tag: localhost:41873/acme/app" },
  ]);
});

test("an interruption ends the request, by which the daemon stops", async () => {
  const stopped = new Promise<void>((resolve) => {
    answer = (request, response) => {
      response.write('{"status":"Preparing","id":"aaaaaaaaaaaa"}\r\n');
      request.on("close", resolve);
    };
  });
  const messages = pushImage("app", "1", { env, signal: AbortSignal.timeout(50) });
  assert.is((await messages.next()).value?.status, "Preparing");
  assert.is(
    await messages.next().then(
      () => "went on",
      () => "ended",
    ),
    "ended",
  );
  await stopped;
});

test("where no daemon answers, that is said", async () => {
  const none = pushImage("app", "1", { env: { DOCKER_HOST: `unix://${dir}/none.sock` } });
  assert.match(String(await none.next().catch(String)), /LAB-DKR-004/);
});

test.run();
