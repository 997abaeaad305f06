import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hear, serveProgress } from "../src/serve-progress.js";

const test = suite("progress of the suite");

const listen = () => {
  const heard: string[] = [];
  return {
    heard,
    onTotal: (total: number) => void heard.push(`of ${total}`),
    onPassed: (name: string) => void heard.push(`passed ${name}`),
    onFailed: (name: string) => void heard.push(`failed ${name}`),
  };
};

test("a total is told once, and each spec by its name", () => {
  const listener = listen();
  for (const posted of [
    { msg: "", total: 5 },
    { msg: "PASSED [sig-a] b\nc [Conformance]", total: 5 },
    { msg: "FAILED d", total: 0 },
    { msg: "Test Suite completed", total: 0 },
  ]) {
    hear(posted, listener);
  }
  assert.equal(listener.heard, ["of 5", "passed [sig-a] b\nc [Conformance]", "failed d"]);
});

test("what is posted is heard, and what cannot be read does no harm", async () => {
  const listener = listen();
  await using server = await serveProgress(listener);
  for (const body of ["{", JSON.stringify({ msg: "PASSED a" })]) {
    assert.is((await fetch(server.url, { method: "POST", body })).status, 200);
  }
  assert.equal(listener.heard, ["passed a"]);
});

test.run();
