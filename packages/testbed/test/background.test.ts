import { background } from "../src/background.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed background");

async function message(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "did not fail",
    (error: Error) => error.message,
  );
}

test("resolves with the line that says it is ready, and ends it", async () => {
  const started = await background("sh", ["-c", "echo first; echo ready 7; exec sleep 60"], { ready: /^ready \d/ });
  assert.is(started.line, "ready 7");
  await started[Symbol.asyncDispose]();
});

test("one that ends too early, fails or says nothing is a failure", async () => {
  assert.match(await message(background("echo", ["bad"], { ready: /ready/ })), "echo: ended before it was ready: bad");
  assert.match(await message(background("sh", ["-c", "exit 4"], { ready: /ready/ })), "ended with exit code 4");
  assert.match(await message(background("sleep", ["60"], { ready: /ready/, within: 100 })), "within 100 ms");
});

test.run();
