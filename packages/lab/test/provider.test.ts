import { parseConfig } from "../src/parse-config.js";
import { machineProvider, needsRoot, refuseProvider } from "../src/provider.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab provider");

const labWith = (machines: string, mode = "bridged") => ({
  file: "lab.yaml",
  config: parseConfig(`machines: ${machines}\nnetwork: { mode: ${mode} }`),
});
const libvirt = "{ provider: vagrant, vagrant: { provider: libvirt } }";

test("auto is containers on Linux, and VirtualBox elsewhere", () => {
  const { config } = labWith("{}");
  assert.is(machineProvider(config, "linux"), "lxc");
  assert.is(machineProvider(config, "darwin"), "virtualbox");
  assert.is(machineProvider(config, "win32"), "virtualbox");
  assert.is(machineProvider(labWith("{ provider: vagrant }").config, "linux"), "virtualbox");
  assert.is(machineProvider(labWith(libvirt).config, "linux"), "libvirt");
});

test("root is needed for containers and for a LAN of the lab's own", () => {
  assert.ok(needsRoot(labWith("{}").config, "linux"));
  assert.ok(needsRoot(labWith(libvirt, "private").config, "linux"));
  assert.not.ok(needsRoot(labWith(libvirt).config, "linux"));
  assert.not.ok(needsRoot(labWith("{}").config, "darwin"));
});

test("what a host cannot do is refused before it is looked at", () => {
  assert.throws(
    () => refuseProvider(labWith("{ provider: lxc }"), "darwin"),
    /lxc needs Linux, and this host is darwin/,
  );
  assert.throws(() => refuseProvider(labWith(libvirt), "win32"), /libvirt needs Linux, and this host is win32/);
  assert.throws(
    () => refuseProvider(labWith("{}", "private"), "darwin"),
    /^lab\.yaml: network\.mode: expected bridged with VirtualBox.* Write mode: bridged\. \[LAB-CFG-007\]$/,
  );
  for (const lab of [labWith("{}"), labWith("{}", "private"), labWith(libvirt, "private")])
    refuseProvider(lab, "linux");
});

test.run();
