import { suite } from "uvu";
import * as assert from "uvu/assert";
import { targetNames } from "../src/target.js";

const test = suite("registry target");
const names = (own: readonly string[], asked?: string, subject = "/w/My Image.tar.gz") =>
  targetNames(own, { asked, registry: "multi:5000", subject });

test("an image keeps its names, without their registries", () => {
  assert.equal(names(["docker.io/library/hello:1", "hello:1", "ghcr.io/acme/web:2"]), ["hello:1", "acme/web:2"]);
  assert.equal(names(["quay.io/library/x:1"]), ["library/x:1"]);
});

test("or gets the one that is asked for, with its own tag where none is", () => {
  assert.equal(names(["hello:1"], "other:2"), ["other:2"]);
  assert.equal(names(["hello:1"], "acme/other"), ["acme/other:1"]);
  assert.equal(names([], "other"), ["other:latest"]);
  assert.equal(names([], "multi:5000/other:3"), ["other:3"]);
});

test("a tag alone gets the name of its file or folder", () => {
  assert.equal(names(["latest"], undefined, "/w/My App"), ["my-app:latest"]);
  assert.equal(names(["1.0.0", "latest"], undefined, "/w/app.tar.xz"), ["app:1.0.0", "app:latest"]);
  assert.equal(names(["2"], "web"), ["web:2"]);
});

test("the tag of a name with a digest, too, stays", () => {
  assert.equal(names([`docker.io/library/nginx:1.27@sha256:${"0".repeat(64)}`]), ["nginx:1.27"]);
});

test("a name that does not parse, or that is another registry's, is refused", () => {
  assert.throws(() => names([], "Other:1"), /--name Other:1: does not parse/);
  assert.throws(() => names([], `x@sha256:${"0".repeat(64)}`), /does not parse/);
  assert.throws(() => names([], "ghcr.io/other:1"), /names the registry ghcr\.io, expected NAME:TAG in the lab's/);
});

test("an image without a name asks for one", () => {
  assert.throws(() => names([]), /has no name and tag of its own.*For example --name my-image:1\./);
  assert.throws(() => names([`x@sha256:${"0".repeat(64)}`]), /has no name and tag of its own/);
});

test.run();
