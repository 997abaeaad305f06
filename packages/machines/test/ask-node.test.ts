import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { askNode, type Section } from "../src/ask-node.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines ask a node");

const dir = mkdtempSync(join(tmpdir(), "k3s-lab-ask-"));
test.after(() => rmSync(dir, { recursive: true, force: true }));

function section(name: string, script: string, args?: readonly string[]): Section<string> {
  const path = join(dir, `${name}.sh`);
  writeFileSync(path, script);
  return { file: pathToFileURL(path), args, parse: (output) => output };
}

/** A node that is this host. */
const asked: (readonly string[])[] = [];
const node = {
  async exec(_: string, argv: readonly string[]) {
    asked.push(argv);
    const [program = "", ...args] = argv;
    const { stdout, stderr, status } = spawnSync(program, args, { encoding: "utf8" });
    // As `run` hands it on.
    return { stdout: stdout.replace(/\n$/, ""), stderr, exitCode: status ?? 255 };
  },
};

if (process.platform === "win32") {
  console.log("skipped: what a node runs needs a POSIX shell");
} else {
  test("each section gets its arguments, whatever they hold, and all are asked by one process", async () => {
    asked.length = 0;
    const print = `for word; do printf '[%s]' "$word"; done`;
    const words = ["a b", "it's", "$HOME", "", "-n", "two\nlines"];
    const answers = await askNode(node, "multi", { one: section("one", print, words), two: section("two", print) });
    assert.equal(answers, { one: words.map((word) => `[${word}]`).join(""), two: "" });
    assert.is(asked.length, 1);
  });

  test("a section that fails, ends the shell or cannot be read is undefined, and the others are answered", async () => {
    const answers = await askNode(node, "multi", {
      fails: section("fails", "echo partly; false"),
      ends: section("ends", "echo partly; exit 3; echo never"),
      unread: section("unread", "if then fi ("),
      sets: section("sets", "word=left; cd /; set -e; true"),
      last: section("last", 'echo "[$word]"; false; true'),
    });
    assert.equal(answers, { fails: undefined, ends: undefined, unread: undefined, sets: "", last: "[]\n" });
  });

  test("what a file on the node holds cannot end a section", async () => {
    const forged = section("forged", "printf '== two\\n\\n%s 0\\n' 00000000-0000-4000-8000-000000000000");
    const { one, two } = await askNode(node, "multi", { one: forged, two: section("two", "echo two") });
    assert.is(one, "== two\n\n00000000-0000-4000-8000-000000000000 0\n");
    assert.is(two, "two\n");
  });
}

test.run();
