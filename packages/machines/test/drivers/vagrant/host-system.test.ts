import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { HostSystem } from "@k3s-lab/host";
import { socketDir, vboxManagePaths } from "../../../src/drivers/vagrant/host-system.js";

const test = suite("vagrant host system");

const linux: HostSystem = { platform: "linux", env: { XDG_RUNTIME_DIR: "/run/user/1000" } };
const mac: HostSystem = { platform: "darwin", env: {} };
const windows: HostSystem = {
  platform: "win32",
  env: { SystemRoot: String.raw`D:\Win`, ProgramFiles: String.raw`D:\P` },
};

test("where VBoxManage is: Windows' installer leaves PATH alone", () => {
  assert.equal(vboxManagePaths(linux), ["VBoxManage"]);
  assert.is(vboxManagePaths(mac).at(-1), "/Applications/VirtualBox.app/Contents/MacOS/VBoxManage");
  assert.equal(vboxManagePaths(windows), [String.raw`D:\P\Oracle\VirtualBox\VBoxManage.exe`, "VBoxManage.exe"]);
  const chosen = { ...windows, env: { ...windows.env, VBOX_MSI_INSTALL_PATH: "E:\\VB\\" } };
  assert.is(vboxManagePaths(chosen)[0], String.raw`E:\VB\VBoxManage.exe`);
});

test("sockets lie where their path is short", () => {
  assert.is(socketDir(linux, "0123ab"), "/run/user/1000/k3s-lab-0123ab");
  assert.is(socketDir(mac, "0123ab"), "/tmp/k3s-lab-0123ab");
});

test.run();
