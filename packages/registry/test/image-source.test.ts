import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nothingAt, parseImage } from "../src/image-source.js";

const test = suite("registry image-source");

test("reads every way to name an image", () => {
  assert.equal(parseImage("docker://alpine", "/w"), { kind: "docker", reference: "alpine:latest" });
  assert.equal(parseImage("docker-daemon:hello:1", "/w"), { kind: "docker-daemon", reference: "hello:1" });
  assert.equal(parseImage("oci:out", "/w"), { kind: "oci", path: "/w/out" });
  assert.equal(parseImage("oci:/out:v1", "/w"), { kind: "oci", path: "/out", image: "v1" });
  assert.equal(parseImage("docker-archive:a.tar:hello:1", "/w"), {
    kind: "docker-archive",
    path: "/w/a.tar",
    image: "hello:1",
  });
  assert.equal(parseImage("./a.tar", "/w"), { kind: "path", path: "/w/a.tar", written: "./a.tar" });
});

test("refuses what names nothing", () => {
  for (const written of ["", "oci:", "docker://Hello", "docker-daemon:", "docker://a b"]) {
    const refused = (error: unknown) => error instanceof Problem && error.exitCode === 2;
    assert.throws(() => parseImage(written, "/w"), refused, written);
  }
});

test("a path where nothing lies is a reference, a typing error, or neither", () => {
  const message = (written: string) => nothingAt({ kind: "path", written, path: `/w/${written}` }).message;
  assert.match(message("hello:1"), "Write docker://hello:1 to take it from its registry, or docker-daemon:hello:1");
  assert.match(message("hello.tar"), /^\/w\/hello\.tar: is not there, expected/);
  assert.match(message("a b"), "a b: is neither a file nor an image reference");
});

test.run();
