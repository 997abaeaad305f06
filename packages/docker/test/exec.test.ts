import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed, observeCommands } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { execInside, outputsIn } from "../src/exec.js";

const test = suite<{ dir: string; server: Server }>("docker exec by its socket");
const before = process.env.DOCKER_HOST;

/** How the daemon answers: what it was asked, and what a program prints and ends with. */
const asked: string[] = [];
let made: { readonly status: number; readonly body: object };
let output: Buffer | undefined;
let exitCode: number | undefined;

const piece = (of: 1 | 2, content: string) => {
  const head = Buffer.alloc(8);
  head[0] = of;
  head.writeUInt32BE(Buffer.byteLength(content), 4);
  return Buffer.concat([head, Buffer.from(content)]);
};

test.before(async (context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-docker-"));
  let looks = 0;
  context.server = createServer(({ method, url = "" }, answer) => {
    asked.push(`${method} ${url}`);
    if (url.endsWith("/exec")) answer.writeHead(made.status).end(JSON.stringify(made.body));
    else if (url.endsWith("/start")) {
      if (output !== undefined) answer.end(output);
    } else if (exitCode === undefined)
      answer.writeHead(404).end(JSON.stringify({ message: "No such exec instance: e1" }));
    else {
      const isRunning = looks++ % 2 === 0;
      answer.end(JSON.stringify({ Running: isRunning, ExitCode: isRunning ? null : exitCode }));
    }
  });
  await once(context.server.listen(join(context.dir, "docker.sock")), "listening");
  process.env.DOCKER_HOST = `unix://${join(context.dir, "docker.sock")}`;
});

test.before.each(() => {
  asked.length = 0;
  made = { status: 201, body: { Id: "e1" } };
  output = Buffer.concat([piece(1, "one\n"), piece(2, "a complaint\n"), piece(1, "two\n")]);
  exitCode = 0;
});

test.after(({ server, dir }) => {
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true });
  if (before === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = before;
});

const inside = { container: "c", argv: ["true"], env: { A: "b" } };

test("what a program prints and ends with is what its caller gets, and those who look are told", async () => {
  const lines: string[] = [];
  using _observing = observeCommands({
    started: ({ line }) => void lines.push(line),
    ended: (_, outcome) => void lines.push(String(outcome.exitCode)),
  });
  assert.equal(await execInside(inside), { exitCode: 0, stdout: "one\ntwo", stderr: "a complaint" });
  assert.equal(asked.slice(0, 2), ["POST /containers/c/exec", "POST /exec/e1/start"]);
  assert.equal(lines, ["docker exec c true", "0"]);
});

test("an exit code that is no answer is a failure, with what was said", async () => {
  exitCode = 7;
  assert.is((await execInside(inside, { answers: "any" })).exitCode, 7);
  const failed = (await execInside(inside).catch((error: unknown) => error)) as CommandFailed;
  assert.instance(failed, CommandFailed);
  assert.equal([failed.exit, failed.stderr], [7, "a complaint"]);
});

test("a container that cannot be entered is told of as docker tells it", async () => {
  made = { status: 409, body: { message: "Container 5f1c is not running" } };
  const { exitCode: code, stderr } = await execInside(inside, { answers: "any" });
  assert.equal([code, stderr], [1, "Error response from daemon: Container 5f1c is not running"]);
});

test("a program whose container goes down meanwhile has failed, as others have that were ended", async () => {
  exitCode = undefined;
  const failed = (await execInside(inside).catch((error: unknown) => error)) as CommandFailed;
  assert.equal([failed.exit, failed.stderr], [1, "Error response from daemon: No such exec instance: e1"]);
});

test("a program that takes too long, or is no more wanted, is given up", async () => {
  output = undefined;
  const late = (await execInside(inside, { timeout: 200 }).catch((error: unknown) => error)) as CommandFailed;
  assert.match(late.message, "took longer than 0.2 s");
  assert.is(late.exit, undefined);
  const signal = AbortSignal.timeout(100);
  assert.match(String(await execInside(inside, { signal }).catch(String)), "was interrupted");
});

test("output that is cut off in the middle of a piece is what there is of it", () => {
  assert.equal(outputsIn(Buffer.concat([piece(1, "whole"), piece(2, "cut off").subarray(0, 11)])), {
    stdout: "whole",
    stderr: "cut",
  });
  assert.equal(outputsIn(Buffer.alloc(0)), { stdout: "", stderr: "" });
});

test.run();
