import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sources as k3sSources } from "@k3s-lab/k3s-from-modules/go";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sources } from "../src/build-suite.js";
import { suitePrograms } from "../src/suite-programs.js";

const test = suite("the suite's go.mod");
const own = readFileSync(join(sources, "go.mod"), "utf8");
const k3s = readFileSync(join(k3sSources, "k3s/go.mod"), "utf8");

const replaced = (goMod: string) => /^replace \(\n(.*?)^\)/ms.exec(goMod)?.[1] ?? "";
/** What it excludes has the same form, and does not count. */
const required = (goMod: string) => {
  const blocks = [...goMod.matchAll(/^require \(\n(.*?)^\)/gms)].map(([, block = ""]) => block);
  const lines = blocks.join("").matchAll(/^\t(\S+) (v\S+)/gm);
  return new Map([...lines].map(([, path = "", version = ""]) => [path, version]));
};

test("replaces what k3s replaces", () => {
  assert.match(replaced(k3s), "k8s.io/api =>");
  assert.is(replaced(own), replaced(k3s));
});

test("has each module that k3s has in the same version, so that it is not compiled again", () => {
  const [ours, theirs] = [required(own), required(k3s)];
  const shared = [...ours].filter(([path]) => theirs.has(path));
  assert.ok(shared.length > 50, String(shared.length));
  for (const [path, version] of shared) assert.is(version, theirs.get(path), path);
});

test("pins every program of the suite", () => {
  const tools = readFileSync(join(sources, "tools.go"), "utf8");
  for (const { package: program } of suitePrograms) assert.match(tools, `_ "${program}"`);
});

test.run();
