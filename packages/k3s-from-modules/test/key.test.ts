import { test } from "uvu";
import * as assert from "uvu/assert";
import { directoryName, hashSources, hashTools, readSources } from "../src/key.js";
import { modules } from "../src/parts.js";
import { sources } from "../src/release.js";

const file = (name: string, content: string) => ({ name, content: Buffer.from(content) });

test("the order of files does not matter, their names and contents do", () => {
  const a = hashSources([file("a", "1"), file("b", "2")], []);
  assert.is(hashSources([file("b", "2"), file("a", "1")], []), a);
  assert.is.not(hashSources([file("a", "12"), file("b", "")], []), a);
  assert.is.not(hashSources([file("a", "1"), file("c", "2")], []), a);
});

test("the recipe is part of the key", () => {
  assert.is.not(hashSources([], ["-trimpath"]), hashSources([], []));
});

test("every tool is part of the key", () => {
  const one = hashTools({ GOVERSION: "go1.26.8", GOFLAGS: "" });
  assert.is(hashTools({ GOFLAGS: "", GOVERSION: "go1.26.8" }), one);
  assert.is.not(hashTools({ GOVERSION: "go1.26.9", GOFLAGS: "" }), one);
  assert.is(directoryName({ sources: "abc", tools: one }), `abc-${one}`);
});

test("tests are no sources: changing one builds nothing", async () => {
  const names = (await readSources(sources, modules)).map((f) => f.name);
  assert.ok(names.includes("k3s/main.go"));
  assert.ok(names.includes("k3s/go.sum"));
  assert.ok(names.includes("k3s/internal/manifests/packaged/coredns.yaml"));
  assert.not.ok(names.some((n) => n.endsWith("_test.go")));
  assert.not.ok(names.some((n) => n.startsWith("helm/") || n.startsWith("testpod/")));
});

test.run();
