import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeScript } from "../../src/node/write-files.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster write-files");

test("a shell writes them as they are, with their modes, and leaves nothing else", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-write-"));
  const files = [
    { path: join(dir, "new/it's.yaml"), content: "a: 'b'\n%s\\n$HOME `x`\n", mode: 0o600 },
    { path: join(dir, "new/program"), content: "#!/bin/sh\n", mode: 0o755 },
    { path: join(dir, "other"), content: "no line end", mode: 0o644 },
  ];
  for (const changed of [files, files.map((file) => ({ ...file, content: `${file.content}x` }))]) {
    execFileSync("sh", { input: writeScript(changed) });
    for (const { path, content, mode } of changed) {
      assert.is(readFileSync(path, "utf8"), content);
      assert.is(statSync(path).mode & 0o777, mode);
    }
  }
  assert.equal(readdirSync(dir).toSorted(), ["new", "other"]);
  assert.equal(readdirSync(join(dir, "new")).toSorted(), ["it's.yaml", "program"]);
  rmSync(dir, { recursive: true });
});

test("where one cannot be written, none is replaced, and it fails", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-write-"));
  const good = { path: join(dir, "a"), content: "a", mode: 0o600 };
  const wrong = { path: join(dir, "a.part/b"), content: "b", mode: 0o600 };
  assert.throws(() => execFileSync("sh", { input: writeScript([good, wrong]), stdio: "pipe" }));
  assert.equal(readdirSync(dir), ["a.part"]);
  rmSync(dir, { recursive: true });
});

test.run();
