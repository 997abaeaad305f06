import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { retryDownload } from "../src/download-retry.js";
import { refusal } from "./release-folder.js";

const test = suite("cluster persistence");
const options = { url: "http://mirror/k3s", pause: 1 };

/** Fails so often; each attempt first gets as far as the next of the lengths log. */
const attempts = (failures: number, lengths: readonly number[] = []) => {
  const state = { made: 0, reached: 0 };
  const attempt = async () => {
    state.made += 1;
    state.reached = lengths[state.made - 1] ?? state.reached;
    if (state.made <= failures) throw new Error("other side closed");
    return "done";
  };
  return { state, attempt, reached: () => state.reached };
};

test("an attempt is made again a few times", async () => {
  const { attempt } = attempts(3);
  const reasons: string[] = [];
  assert.is(await retryDownload(attempt, { ...options, onRetry: (reason) => reasons.push(reason) }), "done");
  assert.equal(reasons, ["other side closed", "other side closed", "other side closed"]);
});

test("who never comes further is given up on", async () => {
  const { attempt, state } = attempts(100);
  const message = "http://mirror/k3s: cannot be downloaded: other side closed";
  assert.match(await refusal(retryDownload(attempt, options)), message);
  assert.is(state.made, 4);
});

test("who comes further each time is not given up on", async () => {
  const { attempt, reached } = attempts(
    20,
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  assert.is(await retryDownload(attempt, { ...options, reached }), "done");
});

test("an attempt that begins again each time does not come further", async () => {
  const { attempt, reached, state } = attempts(
    100,
    Array.from({ length: 100 }, (_, index) => 500 - index),
  );
  assert.match(await refusal(retryDownload(attempt, { ...options, reached })), /was cut after \d+ bytes/);
  assert.is(state.made, 5);
});

test("a Problem is final, and so is an interruption", async () => {
  let made = 0;
  const refuse = async () => {
    made += 1;
    throw new Problem("LAB-SRC-001", "mirror", "does not exist");
  };
  assert.match(await refusal(retryDownload(refuse, options)), "does not exist");
  const signal = AbortSignal.abort();
  const { attempt, state } = attempts(100);
  await refusal(retryDownload(attempt, { ...options, signal }));
  assert.equal([made, state.made], [1, 1]);
});

test.run();
