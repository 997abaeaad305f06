import { networkFile } from "../../src/node-files.js";
import { buildCommand, files, links, maskedUnits, recipeKey } from "../../src/rootfs/recipe.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines root file system recipe");

test("what would reach the host is masked", () => {
  for (const unit of ["systemd-udev-trigger.service", "systemd-sysctl.service", "systemd-modules-load.service"]) {
    assert.ok(maskedUnits.some((masked) => masked === unit));
    assert.is(links[`/etc/systemd/system/${unit}`], "/dev/null");
  }
});

test("route and address come with every boot, before any service", () => {
  const unit = files["/etc/systemd/system/lab-network.service"] ?? "";
  assert.match(unit, networkFile);
  assert.match(unit, /^Before=.*sysinit\.target/m);
  assert.is(links["/etc/systemd/system/sysinit.target.wants/lab-network.service"], "../lab-network.service");
});

test("the key is the recipe's, and each processor has its own", () => {
  assert.match(recipeKey("x64"), /^[0-9a-f]{12}$/);
  assert.is(recipeKey("x64"), recipeKey("x64"));
  assert.is.not(recipeKey("x64"), recipeKey("arm64"));
});

test("is built in mounts of its own, from the sources that are given on standard input", () => {
  const command = buildCommand("/target", ["deb http://mirror/debian bookworm main"]);
  assert.equal(command.slice(0, 5), ["unshare", "--mount", "--propagation", "private", "mmdebstrap"]);
  assert.equal(command.slice(-3), ["bookworm", "/target", "-"]);
  assert.equal(buildCommand("/target", []).slice(-2), ["bookworm", "/target"]);
});

test.run();
