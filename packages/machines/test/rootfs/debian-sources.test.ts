import { debianSources } from "../../src/rootfs/debian-sources.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines Debian sources");

const mirrored = [
  "deb http://mirror.corp/debian bookworm main",
  "deb http://mirror.corp/debian bookworm-updates main",
  "deb http://mirror.corp/debian-security bookworm-security main",
];

test("public mirrors are what is asked anyway", () => {
  assert.equal(debianSources(["deb http://deb.debian.org/debian trixie main"]), []);
  assert.equal(debianSources([]), []);
});

test("a mirror of the host's own is used, in both formats of apt", () => {
  const lines = `# a comment
deb [arch=amd64 signed-by=/x.gpg] http://mirror.corp/debian/ trixie main
deb http://mirror.corp/debian-security trixie-security main`;
  const blocks = `Types: deb
URIs: http://mirror.corp/debian
Suites: trixie

Types: deb
URIs: http://mirror.corp/debian-security/
Suites: trixie-security`;
  assert.equal(debianSources([lines]), mirrored);
  assert.equal(debianSources([blocks]), mirrored);
});

test("a mirror of another distribution is no Debian", () => {
  assert.equal(debianSources(["deb http://archive.ubuntu.com/ubuntu noble main"]), []);
});

test.run();
