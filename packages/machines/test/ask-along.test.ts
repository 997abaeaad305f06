import { Facts } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { announceSections, askAlong } from "../src/ask-along.js";
import type { Section } from "../src/ask-node.js";

const test = suite("machines ask along");

const file = new URL("../shell/hosts.sh", import.meta.url);
const printing = (word: string): Section<string> => ({ file, args: [word], parse: (output) => output.trim() });

/** Machines that print the arguments of each section; `asked` counts the times that each was entered. */
function machinesThat(fail: (machine: string) => Error | undefined = () => undefined) {
  const asked: string[] = [];
  return {
    asked,
    async exec(machine: string, argv: readonly string[]) {
      asked.push(machine);
      const failure = fail(machine);
      if (failure !== undefined) throw failure;
      const script = argv[2] ?? "";
      const mark = /printf '\\n%s %s\\n' (\S+) /.exec(script)?.[1] ?? "";
      const words = [...script.matchAll(/^\(set -- (\S+); eval /gm)].map(([, word = ""]) => word);
      return { exitCode: 0, stdout: words.map((word) => `${word}\n${mark} 0\n`).join(""), stderr: "" };
    },
  };
}

const one = { a: printing("one"), b: printing("two") };
const other = { a: printing("three") };
const asking = (machine: string, asker: string, sections: Readonly<Record<string, Section<string>>>) => ({
  machine,
  asker,
  sections,
});

test("who asks first asks for all who have announced it, of each machine once", async () => {
  const driver = machinesThat();
  const facts = new Facts();
  announceSections(facts, "multi", "later", other);
  announceSections(facts, "agent1", "later", other);
  announceSections(facts, "agent1", "later", other);
  assert.equal(await askAlong(facts, driver, asking("multi", "first", one)), { a: "one", b: "two" });
  assert.equal(await askAlong(facts, driver, asking("multi", "later", other)), { a: "three" });
  assert.equal(await askAlong(facts, driver, asking("agent1", "later", other)), { a: "three" });
  assert.equal(driver.asked, ["multi", "agent1"]);
});

test("who was not expected asks alone, as does anybody in a run that has changed something", async () => {
  const driver = machinesThat();
  const facts = new Facts();
  assert.equal(await askAlong(facts, driver, asking("multi", "first", one)), { a: "one", b: "two" });
  announceSections(facts, "multi", "later", other);
  await askAlong(facts, driver, asking("multi", "later", other));
  assert.equal(await askAlong(facts, driver, asking("multi", "first", one)), { a: "one", b: "two" });
  assert.equal(driver.asked, ["multi", "multi", "multi"]);
  facts.forget();
  assert.equal(await askAlong(facts, driver, asking("multi", "first", one)), { a: "one", b: "two" });
  assert.equal(await askAlong(facts, driver, asking("multi", "later", other)), { a: "three" });
  assert.equal(driver.asked.length, 5);
});

test("a machine that could not be asked is asked again by the next", async () => {
  let left = 1;
  const driver = machinesThat(() => (left-- > 0 ? new Error("is going down") : undefined));
  const facts = new Facts();
  announceSections(facts, "multi", "later", other);
  const failure = await askAlong(facts, driver, asking("multi", "first", one)).catch((error: Error) => error.message);
  assert.is(failure, "is going down");
  assert.equal(await askAlong(facts, driver, asking("multi", "later", other)), { a: "three" });
  assert.equal(driver.asked, ["multi", "multi"]);
});

test.run();
