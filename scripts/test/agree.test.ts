import { PassThrough } from "node:stream";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { agreeTo } from "../src/agree.js";

const test = suite("scripts agree");
const words = { command: "npm run lab:up", unasked: "npm run lab:up -- --yes" };

function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY: true }),
  );
  if (input === undefined || output === undefined) throw new Error("no streams");
  const shown: string[] = [];
  output.on("data", (data) => void shown.push(String(data)));
  return { input, output, shown };
}

async function answer(text: string | undefined): Promise<{ agreed: boolean; shown: string }> {
  const { input, output, shown } = terminal();
  const { signal } = new AbortController();
  const agreed = agreeTo(["agent2's disk"], { ...words, plan: "the plan", signal, input, output });
  if (text === undefined) input.end();
  else input.write(text);
  return { agreed: await agreed, shown: shown.join("") };
}

for (const text of ["y\n", "yes\n", " Y \n", "YES\n"]) {
  test(`${JSON.stringify(text)} agrees`, async () => assert.ok((await answer(text)).agreed));
}

for (const text of ["n\n", "\n", "yess\n", "no, y\n", undefined]) {
  test(`${JSON.stringify(text) ?? "the end of input"} does not agree`, async () => {
    assert.not.ok((await answer(text)).agreed);
  });
}

test("the plan and what is destroyed are shown before the question", async () => {
  const { shown } = await answer("n\n");
  assert.match(shown, /the plan\n\nThis cannot be made again:\n {2}agent2's disk\n.*\[y\/N\]/s);
});

test("without a terminal it is refused, with what to do", async () => {
  for (const side of ["input", "output"] as const) {
    const streams = terminal();
    streams[side].isTTY = false;
    const options = { ...words, ...streams, signal: new AbortController().signal };
    const problem = await agreeTo(["agent2's disk"], options).catch((error: unknown) => error);
    assert.ok(problem instanceof Problem);
    assert.is(problem.id, "LAB-PLN-001");
    assert.is(problem.exitCode, 2);
    assert.match(problem.message, /^npm run lab:up: would destroy agent2's disk,.*npm run lab:up -- --yes/);
    assert.not.match(problem.message, "lab:plan", "which shows nothing of what is restored");
    assert.equal(streams.shown, []);
    const shown = await agreeTo(["it"], { ...options, plan: "the plan" }).catch(String);
    assert.match(String(shown), "`npm run lab:plan` shows what is to be done; `npm run lab:up -- --yes` does it.");
  }
});

test("an interruption ends the question", async () => {
  const { input, output } = terminal();
  const interrupt = new AbortController();
  const asked = agreeTo(["x"], { ...words, input, output, signal: interrupt.signal }).catch((error: unknown) => error);
  setImmediate(() => interrupt.abort());
  assert.instance(await asked, Error);
});

test.run();
