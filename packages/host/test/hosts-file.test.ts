import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostsEntries, setHostsEntries, withBlock, withoutBlock } from "../src/hosts-file.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string; file: string }>("host hosts-file");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-hosts-"));
  context.file = join(context.dir, "hosts");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const entries = [{ address: "10.76.0.10", names: ["multi"] }];

test("adds a block, changes it in place, and takes it out again", async ({ dir, file }) => {
  writeFileSync(file, "127.0.0.1 localhost\n");
  chmodSync(file, 0o640);
  await setHostsEntries("abc123", entries, { file, dir });
  assert.match(readFileSync(file, "utf8"), /\n10\.76\.0\.10\tmulti\n# k3s-lab abc123 end\n$/);
  assert.is(statSync(file).mode & 0o777, 0o640);
  await setHostsEntries("abc123", [{ address: "10.76.0.11", names: ["multi", "m"] }], { file, dir });
  assert.equal(hostsEntries("abc123", file), [{ address: "10.76.0.11", names: ["multi", "m"] }]);
  await setHostsEntries("abc123", [], { file, dir });
  assert.is(readFileSync(file, "utf8"), "127.0.0.1 localhost\n");
});

test("an unchanged file is not written", async ({ dir, file }) => {
  writeFileSync(file, "");
  await setHostsEntries("abc123", entries, { file, dir });
  const before = statSync(file).ino;
  await setHostsEntries("abc123", entries, { file, dir });
  assert.is(statSync(file).ino, before);
});

test("every text is what it was, also without a last newline, with other labs, with Windows line ends", () => {
  const texts = [
    "",
    "a",
    "a\n",
    "a\n\n",
    "a\r\nb\r\n",
    withBlock("a", "ffffff", entries),
    withBlock("a\n", "ffffff", []),
  ];
  for (const text of texts) assert.is(withoutBlock(withBlock(text, "abc123", entries), "abc123"), text);
});

test("a block cut off by hand takes nothing else with it", () => {
  const cut = withBlock("a\n", "abc123", entries).replace("# k3s-lab abc123 end\n", "") + "b\n";
  assert.is(withoutBlock(cut, "abc123"), cut);
  const other = withBlock(cut, "ffffff", entries);
  assert.is(withoutBlock(other, "abc123"), other);
});

test.run();
