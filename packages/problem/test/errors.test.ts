import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { errors, exitCode } from "../src/index.js";

const test = suite("problem errors");
const root = fileURLToPath(new URL("../../../", import.meta.url));
const table = fileURLToPath(new URL("../src/errors.ts", import.meta.url));

/** The text of every source file of the repository, but the table of errors and what explains them. */
function sources(): readonly string[] {
  const folders = ["scripts", ...readdirSync(join(root, "packages")).map((name) => join("packages", name))];
  const launchers = readdirSync(join(root, "scripts/bin")).map((name) => join(root, "scripts/bin", name));
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(root, folder, "src", name))
      .filter((file) => file !== table && !file.includes("/problem/src/explanations/")),
  );
  return [...files, ...launchers].map((file) => readFileSync(file, "utf8"));
}

test("ids are well formed, and each is written once", () => {
  const written = [...readFileSync(table, "utf8").matchAll(/^ {2}"(LAB-.*?)": \{/gm)].map(([, id]) => id);
  assert.equal(written, Object.keys(errors));
  assert.is(new Set(written).size, written.length);
  for (const id of Object.keys(errors)) assert.match(id, /^LAB-[A-Z][A-Z0-9]{2}-\d{3}$/);
});

test("each error is thrown somewhere, and none is thrown that the table lacks", () => {
  const used = new Set(sources().flatMap((text) => text.match(/\bLAB-[A-Z0-9]{3}-\d{3}\b/g) ?? []));
  assert.equal([...used].toSorted(), Object.keys(errors).toSorted());
});

test("a title is a sentence without the names of one case", () => {
  for (const [id, { title }] of Object.entries(errors)) {
    assert.match(title, /^[^ :…(?]+ [^:…(?]*[^ .:…(?]$/, id);
    assert.not.match(title, /\bwhat\b|\bsubject\b|^(file|name|host|path):/, id);
  }
});

test("an error ends a command with an exit code of failure", () => {
  const failures: readonly number[] = [exitCode.failed, exitCode.usage, exitCode.hostLacks];
  for (const [id, kind] of Object.entries(errors)) assert.ok(failures.includes(kind.exitCode), id);
});

test.run();
