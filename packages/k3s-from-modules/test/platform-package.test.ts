import { suite } from "uvu";
import * as assert from "uvu/assert";
import { manifest } from "../src/pack-package.js";
import { platformPackage } from "../src/platform-package.js";

const test = suite("k3s-from-modules platform package");

test("names tell what it is and for which processor, in npm's words", () => {
  assert.is(platformPackage("amd64").name, "@k3s-lab/k3s-modules-linux-x64");
  assert.is(platformPackage("arm64").name, "@k3s-lab/k3s-modules-linux-arm64");
});

test("npm installs it on its own platform only, and everybody can read which Kubernetes it is", () => {
  const written = manifest("amd64") as Readonly<Record<string, unknown>>;
  assert.equal([written.os, written.cpu], [["linux"], ["x64"]]);
  assert.match(String(written.kubernetes), /^v1\.\d+\.\d+\+modules$/);
  assert.match(String(written.version), /^\d+\.\d+\.\d+$/);
  assert.match(String(written.description), "It is no K3s release");
});

test.run();
