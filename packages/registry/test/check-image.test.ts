import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ociArchive, readImageFile } from "@k3s-lab/images";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage } from "../src/check-image.js";

const test = suite("registry check-image");

test("is an OCI archive whose tag tells its content", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-check-image-"));
  const image = checkImage("multi:5000", "amd64");
  writeFileSync(join(dir, "check.tar"), ociArchive(image.image, image.tag));
  const file = await readImageFile(join(dir, "check.tar"));
  rmSync(dir, { recursive: true });
  assert.is(file.kind, "oci-archive");
  assert.equal(
    file.images.map(({ names }) => names),
    [[image.tag]],
  );
  assert.is(image.digest.slice(7, 19), image.tag);
});

test("has the same bytes wherever it is made", () => {
  // Another version of Node, or of zlib in it, must not make another image: nodes would pull it again.
  const { image, tag } = checkImage("multi:5000", "amd64");
  const known = createHash("sha256").update(ociArchive(image, tag)).digest("hex");
  assert.is(known, "ba2609a23fada8ea6e5532c777329d838be731676aafda5a11b902af6c720710");
});

test("is another one for another name or architecture", () => {
  const digests = [
    checkImage("multi:5000", "amd64"),
    checkImage("multi:5001", "amd64"),
    checkImage("multi:5000", "arm64"),
  ];
  assert.is(new Set(digests.flatMap(({ digest, config }) => [digest, config])).size, 6);
});

test.run();
