import { secretsInUrls, withoutPassword } from "../src/url-secrets.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("exec secrets in URLs");

test("a URL is shown without its credentials, with or without a scheme", () => {
  assert.is(withoutPassword("http://me:p@ss@proxy:3128/x"), "http://[redacted]@proxy:3128/x");
  assert.is(withoutPassword("http://token@proxy"), "http://[redacted]@proxy");
  assert.is(withoutPassword("me:pass@proxy:3128"), "[redacted]@proxy:3128");
  assert.is(withoutPassword("http://proxy:3128"), "http://proxy:3128");
});

test("credentials are secrets whole, and the password alone", () => {
  assert.equal(secretsInUrls(["http://me:pa:ss@proxy", "http://token@proxy", "http://proxy", undefined]), [
    "me:pa:ss",
    "pa:ss",
    "token",
    "token",
  ]);
});

test.run();
