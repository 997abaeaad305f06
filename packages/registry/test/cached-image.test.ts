import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cachedImage, nodeArch } from "../src/cached-image.js";

const test = suite("registry cached-image");

test("every image has its own file", () => {
  assert.is(
    cachedImage("docker.io/library/registry:3.1.2", "amd64", "/c"),
    "/c/images/docker.io_library_registry_3.1.2-amd64.tar",
  );
});

test("architectures are named as Go names them", () => {
  assert.equal(["x64", "arm64", "ia32"].map(nodeArch), ["amd64", "arm64", "386"]);
});

test.run();
