import { answerIn, questionFor } from "../../src/ask/question.js";
import { run } from "@k3s-lab/exec";
import { askCommand, parseAnswers } from "../../src/ask/ask-resolvers.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network question");

test("a question is what RFC 1035 has, in a form that no shell reads otherwise", () => {
  const question = questionFor("a.io");
  assert.match(question, /^(\\[0-7]{3})+$/);
  const bytes = question
    .split("\\")
    .slice(1)
    .map((octal) => Number.parseInt(octal, 8));
  assert.equal(bytes.slice(2, 6), [1, 0, 0, 1], "recursion desired, one question");
  assert.equal(bytes.slice(12), [1, 97, 2, 105, 111, 0, 0, 1, 0, 1]);
});

test("only an answer with an address means that the name is known", () => {
  assert.is(answerIn("4b3381800001000100000000"), "knows it");
  assert.is(answerIn("4b3381800001000000000000"), "answers without an address");
  assert.is(answerIn("4b3381830001000000000000"), "answers NXDOMAIN");
  assert.is(answerIn("4b3381850001000000000000"), "answers REFUSED");
  assert.is(answerIn("4b3381890001000000000000"), "answers code 9");
  assert.is(answerIn("4b3301000001000000000000"), "does not answer", "the question itself");
  assert.equal(["known", "unknown", "silent", ""].map(answerIn), [
    "knows it",
    "answers NXDOMAIN",
    "does not answer",
    "does not answer",
  ]);
});

test("of several names one that is known is enough, and any answer is more than none", () => {
  const answers = parseAnswers(
    "9.9.9.9 a unknown\n9.9.9.9 b known\n1.1.1.1 a silent\n1.1.1.1 b unknown\n8.8.8.8 a silent\n",
  );
  assert.equal([...answers.values()], ["knows it", "answers NXDOMAIN", "does not answer"]);
});

test("where no program can ask, nothing is printed: that is not an answer", async () => {
  const [, ...args] = askCommand(["192.0.2.1"], ["a.io"]);
  // As on macOS, which has no timeout.
  const { stdout } = await run("/bin/sh", args, { env: { PATH: "/nonexistent" } });
  assert.is(stdout, "");
});

test.run();
