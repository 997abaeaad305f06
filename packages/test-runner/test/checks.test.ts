import { fileURLToPath } from "node:url";
import { publicPackages, staticChecks } from "../src/checks.js";
import { checkChangesets } from "../src/changesets.js";
import { goChecks, judgeFormat, judgeGo } from "../src/go.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("checks");
const scope = "@k3s-lab";
const root = fileURLToPath(new URL("../../../", import.meta.url));

test("every public package is linted; private ones are not published", () => {
  const names = publicPackages(root).map(({ name }) => name);
  assert.ok(names.includes(`${scope}/lab`));
  assert.not(names.includes(`${scope}/testbed`));
  const checks = staticChecks(root, false).map(({ name }) => name);
  for (const name of names) assert.ok(checks.includes(`package ${name} (publint)`));
});

test("a changeset names public packages, a bump, and says something", () => {
  const faults = (text: string) => checkChangesets([{ file: "x.md", text }], ["a/lab"]);
  assert.equal(faults('---\n"a/lab": minor\n---\n\nSays something.\n'), []);
  assert.equal(faults("---\n---\n\nNothing is released.\n"), []);
  assert.equal(faults('---\n"a/lba": minor\n---\nText\n'), [
    "x.md: names a/lba, expected a public package of packages/",
  ]);
  assert.match(faults('---\n"a/lab": big\n---\nText\n').join(), "has big for a/lab");
  assert.match(faults('---\n"a/lab": minor\n---\n\n').join(), "says nothing");
  assert.match(faults("Text\n").join(), "has no front matter");
  assert.match(faults('---\n"a/lab: minor\n---\nText\n').join(), "is not YAML");
});

test("without shellcheck shell scripts are skipped with a reason; in CI that is a failure", async () => {
  const path = process.env.PATH;
  process.env.PATH = "/nowhere";
  try {
    const signal = new AbortController().signal;
    const checks = (inCi: boolean) => staticChecks(root, inCi).filter(({ name }) => name.includes("shellcheck"));
    assert.is(checks(false).length, 1);
    for (const check of checks(false)) {
      assert.is((await check.run(signal)).skipped, "shellcheck is not installed or not on PATH");
    }
    for (const check of checks(true)) assert.is((await check.run(signal)).failed, 1);
  } finally {
    process.env.PATH = path;
  }
});

test("gofmt fails by what it lists, the Go tests by what they count", () => {
  const said = (output: string, exitCode = 0) => ({ output, exitCode, faults: [] });
  assert.is(judgeFormat(said("")).failed, 0);
  assert.is(judgeFormat(said("a.go")).failed, 1);
  assert.is(judgeFormat(said("", 2)).failed, 1);
  assert.is(judgeGo(said("x\n12 passed, 0 failed")).passed, 12);
  assert.is(judgeGo(said("12 passed, 3 failed", 1)).failed, 3);
  assert.is(judgeGo(said("panic", 1)).failed, 1);
  assert.is(judgeGo(said("")).failed, 1);
});

test("without Go its checks are skipped with a reason; in CI they fail", async () => {
  const path = process.env.PATH;
  process.env.PATH = "/nowhere";
  try {
    const signal = new AbortController().signal;
    for (const check of goChecks(root, false)) {
      assert.is((await check.run(signal)).skipped, "go is not installed or not on PATH");
    }
    for (const check of goChecks(root, true)) assert.is((await check.run(signal)).failed, 1);
  } finally {
    process.env.PATH = path;
  }
});

test.run();
