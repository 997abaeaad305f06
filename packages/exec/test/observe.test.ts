import { suite } from "uvu";
import * as assert from "uvu/assert";
import { observeCommands, run } from "../src/index.js";
import { commandLine, type StartedCommand } from "../src/observe.js";

const test = suite("exec observe");

/** What is observed while something is run. */
async function observing(body: () => Promise<unknown>) {
  const started: StartedCommand[] = [];
  const ended: (number | undefined)[] = [];
  {
    using _observed = observeCommands({
      started: (command) => void started.push(command),
      ended: (_command, { exitCode }) => void ended.push(exitCode),
    });
    await body().catch(() => {});
  }
  await run("true", []);
  return { started, ended };
}

test("every program is observed from its start to its end, and none any more afterwards", async () => {
  const { started, ended } = await observing(async () => {
    await run("sh", ["-c", "exit 3"], { answers: "any" });
    await run("true", []);
  });
  assert.equal(
    started.map(({ line, attended }) => [line, attended]),
    [
      ["sh -c 'exit 3'", false],
      ["true", false],
    ],
  );
  assert.equal(ended, [3, 0]);
});

test("what cannot be started, or is ended, has no exit code", async () => {
  const { started, ended } = await observing(() => run("no-such-program", []));
  assert.is(started.length, 1);
  assert.equal(ended, [undefined]);
  const late = await observing(() => run("sleep", ["60"], { timeout: 50 }));
  assert.equal(late.ended, [undefined]);
});

test("no secret is shown, whatever form it has", async () => {
  const secrets = ["s3cr3t", "it's"];
  const { started } = await observing(() =>
    run("true", ["--token=s3cr3t", "it's", "http://me:pass@proxy:3128/x", "a=ftp://tok3n@host"], { secrets }),
  );
  const [{ line = "" } = {}] = started;
  for (const secret of ["s3cr3t", "it's", "it'\\''s", "pass", "tok3n"]) assert.not(line.includes(secret), line);
  assert.match(line, "http://[redacted]@proxy:3128/x");
  assert.match(line, "[redacted]");
});

test("an image's digest and an address are no secrets; a very long line is cut", () => {
  const line = commandLine("skopeo", ["copy", "docker://10.76.0.10:5000/x@sha256:abc", "user@host"]);
  assert.is(line, "skopeo copy docker://10.76.0.10:5000/x@sha256:abc user@host");
  assert.is(commandLine("echo", ["x".repeat(5000)]).length, 2001);
  assert.is(commandLine("sh", ["-c", "if true\nthen\n  x\nfi"]), String.raw`sh -c 'if true\nthen\nx\nfi'`);
});

test.run();
