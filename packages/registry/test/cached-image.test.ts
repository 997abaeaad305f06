import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cachedImage } from "../src/cached-image.js";

const test = suite("registry cached-image");

test("every image has its own file", () => {
  assert.is(
    cachedImage("docker.io/library/registry:3.1.2", "amd64", "/c"),
    "/c/images/docker.io_library_registry_3.1.2-amd64.tar",
  );
});

test.run();
