import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkBaseUrl, releaseUrl } from "../src/release-url.js";

const test = suite("cluster release url");

test("the + of a version is data", () => {
  const baseUrl = "https://github.com/k3s-io/k3s/releases/download";
  assert.is(releaseUrl({ baseUrl, version: "v1.34.4+k3s1" }, "k3s"), `${baseUrl}/v1.34.4%2Bk3s1/k3s`);
});

test("a mirror may end in a slash", () => {
  assert.is(releaseUrl({ baseUrl: "http://mirror/a//", version: "v1.2.3" }, "k3s"), "http://mirror/a/v1.2.3/k3s");
});

test("an address with a password is refused before it is asked", () => {
  checkBaseUrl("http://mirror/a");
  assert.throws(
    () => checkBaseUrl("https://me:secret@mirror/a"),
    (error: Error) => /name or a password/.test(error.message) && !error.message.includes("secret"),
  );
});

test.run();
