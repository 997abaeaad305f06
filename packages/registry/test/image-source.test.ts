import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseImage } from "../src/image-source.js";

const test = suite("registry image-source");

test("reads every way to name an image", () => {
  assert.equal(parseImage("docker://alpine", "/w"), { transport: "docker", reference: "alpine:latest" });
  assert.equal(parseImage("docker-daemon:hello:1", "/w"), { transport: "docker-daemon", reference: "hello:1" });
  assert.equal(parseImage("oci:out", "/w"), { path: "/w/out", image: undefined });
  assert.equal(parseImage("oci:/out:v1", "/w"), { path: "/out", image: "v1" });
  assert.equal(parseImage("docker-archive:a.tar:hello:1", "/w"), { path: "/w/a.tar", image: "hello:1" });
  assert.equal(parseImage("./a.tar", "/w"), { path: "/w/a.tar" });
});

test("refuses what names nothing", () => {
  for (const written of ["", "oci:", "docker://Hello", "docker-daemon:", "docker://a b"]) {
    const refused = (error: unknown) => error instanceof Problem && error.exitCode === 2;
    assert.throws(() => parseImage(written, "/w"), refused, written);
  }
});

test.run();
