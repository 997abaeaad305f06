import type { ImageFile } from "@k3s-lab/images";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { selectImage } from "../src/locate-image.js";

const test = suite("registry select-image");
const one = { names: ["a:1"], selector: "a:1" };
const two = { names: [], selector: "@1" };
const file = (...images: ImageFile["images"]): ImageFile => ({
  kind: "docker-archive",
  path: "/w/x.tar",
  compression: undefined,
  images,
});

test("the only image need not be named", () => assert.is(selectImage(file(one), undefined), one));

test("one of several is named by its name or its place", () => {
  assert.is(selectImage(file(one, two), "a:1"), one);
  assert.is(selectImage(file(one, two), "@1"), two);
});

test("names what the file holds", () => {
  assert.throws(() => selectImage(file(one, two), undefined), /holds 2 images.*a:1, @1\. Write docker-archive:x\.tar:/);
  assert.throws(() => selectImage(file(one), "b:1"), /holds no image b:1; it holds a:1/);
  assert.throws(() => selectImage(file(one, one), "a:1"), /holds more than one image a:1/);
  assert.throws(() => selectImage(file(), undefined), /holds no image/);
});

test.run();
