import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatReference, fullName, parseReference, type Reference } from "../src/index.js";

const test = suite("image references");
const sum = `sha256:${"a".repeat(64)}`;

test("a reference is read in its parts, and written again", () => {
  const cases: readonly (readonly [string, Reference])[] = [
    ["hello", { path: "hello" }],
    ["acme/web:1.2", { path: "acme/web", tag: "1.2" }],
    ["localhost/web", { domain: "localhost", path: "web" }],
    ["multi:5000/a/b:c", { domain: "multi:5000", path: "a/b", tag: "c" }],
    [`ghcr.io/acme/web:1@${sum}`, { domain: "ghcr.io", path: "acme/web", tag: "1", digest: sum }],
  ];
  for (const [text, { domain, path, tag, digest }] of cases) {
    assert.equal(parseReference(text), { domain, path, tag, digest }, text);
    assert.is(formatReference({ domain, path, tag, digest }), text);
  }
});

test("what does not follow the grammar is none", () => {
  for (const text of ["", "Hello", "a//b", "a:", "a:b:c", "ghcr.io/", ":1", "a@sha256:short", "-a", "a/../b", "a b"]) {
    assert.is(parseReference(text), undefined, text);
  }
});

test("full names are those that containerd has", () => {
  assert.is(fullName("registry"), "docker.io/library/registry:latest");
  assert.is(fullName("registry:3"), "docker.io/library/registry:3");
  assert.is(fullName("rancher/mirrored-pause:3.6"), "docker.io/rancher/mirrored-pause:3.6");
  assert.is(fullName("multi:5000/a"), "multi:5000/a:latest");
  assert.is(fullName(`ghcr.io/a/b@${sum}`), `ghcr.io/a/b@${sum}`);
  assert.is(fullName("docker.io/library/registry:3"), "docker.io/library/registry:3");
  assert.is(fullName("No Reference"), "No Reference");
});

test.run();
