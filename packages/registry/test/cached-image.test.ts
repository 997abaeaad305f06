import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cachedImage, namesOf } from "../src/cached-image.js";

const test = suite("registry cached-image");

test("every image has its own file", () => {
  assert.is(
    cachedImage("docker.io/library/registry:3.1.2", "amd64", "/c"),
    "/c/images/docker.io_library_registry_3.1.2-amd64.tar",
  );
});

test("an image is fetched by its digest where it has one, and archived by a tag", () => {
  const digest = `sha256:${"0a".repeat(32)}`;
  const pinned = `docker.io/library/registry@${digest}`;
  const tagged = "docker.io/library/registry:3";
  assert.equal(namesOf("registry:3"), { source: tagged, archived: tagged });
  assert.equal(namesOf(`registry:3@${digest}`), { source: pinned, archived: tagged, pinned });
  const archived = "docker.io/library/registry:0a0a0a0a0a0a";
  assert.equal(namesOf(`registry@${digest}`), { source: pinned, archived, pinned });
});

test.run();
