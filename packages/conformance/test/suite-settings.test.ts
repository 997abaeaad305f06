import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { renderRegistries, renderTestDriver } from "../src/suite-settings.js";

const test = suite("settings of the suite");

test("every registry of the images that are made is the lab's", () => {
  const registries = parse(renderRegistries("multi:5000/e2e")) as Record<string, string>;
  assert.equal(new Set(Object.values(registries)), new Set(["multi:5000/e2e"]));
  for (const key of ["promoterE2eRegistry", "gcRegistry", "gcEtcdRegistry"]) assert.ok(key in registries, key);
  // Specs check that a pull from these fails.
  assert.not("invalidRegistry" in registries);
});

test("the driver is K3s' provisioner with its own StorageClass, which binds when a pod comes", () => {
  const driver = parse(renderTestDriver());
  assert.is(driver.DriverInfo.Name, "local-path");
  assert.equal(driver.StorageClass, { FromExistingClassName: "local-path" });
  const { persistence, singleNodeVolume, RWX, block } = driver.DriverInfo.Capabilities;
  assert.equal([persistence, singleNodeVolume, RWX, block], [true, true, false, false]);
});

test.run();
