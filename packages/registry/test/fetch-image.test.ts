import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { images as imagesFromModules } from "@k3s-lab/k3s-from-modules";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bringerOf } from "../src/fetch-image.js";
import { labIn } from "./lab.js";

const test = suite("registry fetch-image");
type Release = Parameters<typeof bringerOf>[1];

const image = "registry:3";
const known = (source: Release["source"], ...images: readonly string[]): Release => ({
  source,
  binary: { name: "k3s", size: 1, sha256: "ab", changed: 0 },
  archives: [{ name: "images.tar", size: 1, sha256: "cd", changed: 0, images }],
});
const foreseen = (source: Release["source"]): Release => ({
  ...known(source),
  binary: { name: "k3s", size: -1, sha256: "", changed: 0 },
  archives: [],
});

test("K3s brings the image where one of its archives holds it", () => {
  for (const source of ["release", "modules", "package", "directory"] as const) {
    assert.is(bringerOf(image, known(source, "docker.io/library/registry:3")), "k3s");
  }
});

test("else the host fetches it, but not in a network that lets K3s be built from modules only", () => {
  for (const source of ["release", "directory"] as const) {
    assert.is(bringerOf(image, known(source, "docker.io/library/registry:2")), "host");
  }
  for (const source of ["modules", "package"] as const) {
    assert.is(bringerOf(image, known(source, "docker.io/library/registry:2")), "node");
    assert.is(bringerOf(image, foreseen(source)), "k3s");
  }
});

test("before K3s is fetched, only some sources tell", () => {
  assert.is(bringerOf(image, foreseen("release")), "host");
  for (const source of ["auto", "directory"] as const) assert.is(bringerOf(image, foreseen(source)), undefined);
});

test("the image of lab.yaml's default is the one that a build from modules brings", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-fetch-image-"));
  const { config } = await labIn(dir);
  rmSync(dir, { recursive: true });
  assert.is(config.registry.image, imagesFromModules.registry);
});

test.run();
