import { suite } from "uvu";
import * as assert from "uvu/assert";
import { baseArgs } from "../src/debian-base.js";

const test = suite("Debian of the images");

test("an archive is made of the public mirrors, or of lines on standard input", () => {
  assert.equal(baseArgs("/tmp/base.tar", []).slice(-2), ["bookworm", "/tmp/base.tar"]);
  assert.equal(baseArgs("/tmp/base.tar", ["deb http://mirror/debian bookworm main"]).slice(-2), ["/tmp/base.tar", "-"]);
});

test("it has the programs that the tests run", () => {
  const included = baseArgs("/tmp/base.tar", []).find((arg) => arg.startsWith("--include=")) ?? "";
  for (const name of ["bind9-dnsutils", "netcat-openbsd", "apache2-bin", "bash-static"]) {
    assert.match(included, new RegExp(`[=,]${name}(,|$)`));
  }
});

test.run();
