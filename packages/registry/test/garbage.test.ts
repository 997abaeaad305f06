import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { addGarbage, forgetGarbage, startCollecting, startPushing } from "../src/garbage.js";
import { labIn } from "./lab.js";

const test = suite<{ dir: string }>("registry garbage");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-garbage-test-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** Another process that lives, as the folder of those who are at something names it. */
function other(folder: string, command: string): () => void {
  const file = join(folder, `1-${readFileSync("/proc/1/stat", "utf8").split(") ")[1]?.split(" ")[19]}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${command}\n`);
  return () => rmSync(file);
}

test("what pushes replace adds up until it is removed", async ({ dir }) => {
  const lab = await labIn(dir);
  assert.is(addGarbage(lab, 0), 0);
  assert.not.ok(existsSync(lab.state.path("garbage")));
  assert.is(addGarbage(lab, 20), 20);
  assert.is(addGarbage(lab, 30), 50);
  forgetGarbage(lab);
  assert.is(addGarbage(lab, 1), 1);
});

test("a push waits while garbage is collected, and garbage is not collected while another pushes", async ({ dir }) => {
  const lab = await labIn(dir);
  const told: string[] = [];
  const progress = (text: string) => void told.push(text);
  const ended = other(lab.state.path("collecting"), "gc");
  let isPushing = false;
  const starting = startPushing(lab, { progress }).then((pushing) => {
    isPushing = true;
    return pushing;
  });
  while (told.length === 0) await new Promise((resolve) => void setTimeout(resolve, 10));
  assert.match(told[0] ?? "", "waiting for gc (process 1)");
  assert.not.ok(isPushing);
  ended();
  const pushing = await starting;
  // The push of this process itself is over where it collects.
  startCollecting(lab)[Symbol.dispose]();
  pushing?.[Symbol.dispose]();
  const left = other(lab.state.path("pushing"), "push");
  try {
    startCollecting(lab);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, Problem);
    assert.match(String(error), "push (process 1) is at work here");
  }
  assert.not.ok(existsSync(lab.state.path("collecting")), "pushes need not wait for one that was refused");
  left();
  startCollecting(lab)[Symbol.dispose]();
});

test.run();
