import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatReference, fullName, parseReference, type Reference, withoutSecondName } from "../src/index.js";

const test = suite("image references");
const sum = `sha256:${"a".repeat(64)}`;

test("a reference is read in its parts, and written again", () => {
  const cases: readonly (readonly [string, Reference])[] = [
    ["hello", { path: "hello" }],
    ["acme/web:1.2", { path: "acme/web", tag: "1.2" }],
    ["localhost/web", { domain: "localhost", path: "web" }],
    ["multi:5000/a/b:c", { domain: "multi:5000", path: "a/b", tag: "c" }],
    ["[fd00::1]:5000/acme/web:1", { domain: "[fd00::1]:5000", path: "acme/web", tag: "1" }],
    [`[::1]/web@${sum}`, { domain: "[::1]", path: "web", digest: sum }],
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

test("an IPv6 address without brackets, with a zone, or without an image is none", () => {
  for (const text of ["fd00::1:5000/a:1", "[fe80::1%eth0]:5000/a:1", "[fd00::1]:5000", "[fd00::1/a", "[]:5000/a"]) {
    assert.is(parseReference(text), undefined, text);
  }
  assert.is(fullName("[fd00::1]:5000/a"), "[fd00::1]:5000/a:latest");
});

test("of a tag and a digest, the digest decides which image it is", () => {
  assert.is(withoutSecondName(`ghcr.io/acme/web:1@${sum}`), `ghcr.io/acme/web@${sum}`);
  assert.is(withoutSecondName("web:1"), "web:1");
  assert.is(withoutSecondName("No Reference"), "No Reference");
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
