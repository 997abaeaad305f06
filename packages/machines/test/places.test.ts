import { cableName, cablePrefix, list, lxcLockDir, machinePlaces } from "../src/places.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines places");

test("a cable's name fits the kernel, however long the machine's, and tells its lab", () => {
  const name = cableName("0123ab", "a".repeat(63));
  assert.is(name.length, 14);
  assert.ok(name.startsWith(cablePrefix("0123ab")));
  assert.is.not(name, cableName("0123ab", "multi"));
});

test("all of a machine lies in the folder of its lab", () => {
  const { dir, config, upper } = machinePlaces("0123ab", "multi");
  assert.is(dir, "/var/lib/k3s-lab/0123ab/machines/multi");
  assert.ok(config.startsWith(dir) && upper.startsWith(dir));
  assert.is(lxcLockDir("0123ab"), "/run/lxc/lock/var/lib/k3s-lab/0123ab");
});

test("a folder that is not there holds nothing", () => {
  assert.equal(list("/nonexistent/k3s-lab"), []);
});

test.run();
