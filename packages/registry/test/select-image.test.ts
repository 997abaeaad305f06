import type { ContainedImage, ImageFile } from "@k3s-lab/images";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { selectImage } from "../src/file-image.js";

const test = suite("registry select-image");
const one: ContainedImage = { names: ["a:1"], selectors: ["a:1", "@0"], descriptors: [] };
const two: ContainedImage = { names: [], selectors: ["@1"], descriptors: [] };
const pulled: ContainedImage = {
  names: ["docker.io/library/c:1"],
  selectors: ["docker.io/library/c:1"],
  descriptors: [],
};
const file = (...images: ImageFile["images"]): ImageFile => ({
  kind: "docker-archive",
  path: "/w/x.tar",
  subject: "/w/x.tar",
  compression: undefined,
  images,
});

test("the only image need not be named", () => assert.is(selectImage(file(one), undefined), one));

test("one of several is named by its name or its place", () => {
  assert.is(selectImage(file(one, two), "a:1"), one);
  assert.is(selectImage(file(one, two), "@1"), two);
});

test("Docker's own registry need not be named", () => {
  assert.is(selectImage(file(one, pulled), "c:1"), pulled);
  assert.throws(() => selectImage(file(one, pulled), undefined), /expected one of them to be named: a:1, c:1\./);
});

test("names what the file holds", () => {
  assert.throws(() => selectImage(file(one, two), undefined), /holds 2 images.*a:1, @1\. Write docker-archive:x\.tar:/);
  assert.throws(() => selectImage(file(one), "b:1"), /holds no image b:1; it holds a:1/);
  assert.throws(() => selectImage(file(one, one), "a:1"), /holds more than one image a:1/);
  assert.throws(() => selectImage(file(), undefined), /holds no image/);
});

test.run();
