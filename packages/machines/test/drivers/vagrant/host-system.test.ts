import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  elevated,
  type HostSystem,
  hostsFilePath,
  socketDir,
  vboxManagePaths,
} from "../../../src/drivers/vagrant/host-system.js";

const test = suite("vagrant host system");

const linux: HostSystem = { platform: "linux", env: { XDG_RUNTIME_DIR: "/run/user/1000" } };
const mac: HostSystem = { platform: "darwin", env: {} };
const windows: HostSystem = {
  platform: "win32",
  env: { SystemRoot: String.raw`D:\Win`, ProgramFiles: String.raw`D:\P` },
};

test("where the hosts file is", () => {
  assert.is(hostsFilePath(linux), "/etc/hosts");
  assert.is(hostsFilePath(mac), "/etc/hosts");
  assert.is(hostsFilePath(windows), String.raw`D:\Win\System32\drivers\etc\hosts`);
  assert.is(hostsFilePath({ platform: "win32", env: {} }), String.raw`C:\Windows\System32\drivers\etc\hosts`);
});

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

test("rights are asked for with a word before", () => {
  const { command, notice } = elevated(linux, ["node", "write hosts.js"], "to add multi to /etc/hosts");
  assert.equal(command, ["sudo", "--", "node", "write hosts.js"]);
  assert.is(notice, "sudo may ask for your password to add multi to /etc/hosts: node 'write hosts.js'");
});

test("Windows gets a script that no quoting touches, and hands back the exit code", () => {
  const program = String.raw`C:\Program Files\nodejs\node.exe`;
  const { command, notice } = elevated(
    windows,
    [program, String.raw`C:\Jo's lab\x.js`, 'say "hi"', "a\\"],
    "to add multi",
  );
  assert.equal(command.slice(0, 4), ["powershell.exe", "-NoProfile", "-NonInteractive", "-EncodedCommand"]);
  const script = Buffer.from(command[4] ?? "", "base64").toString("utf16le");
  assert.is(
    script,
    String.raw`$ErrorActionPreference = 'Stop'; exit (Start-Process -FilePath 'C:\Program Files\nodejs\node.exe' -ArgumentList '"C:\Jo''s lab\x.js" "say \"hi\"" a\' -Verb RunAs -WindowStyle Hidden -Wait -PassThru).ExitCode`,
  );
  assert.match(notice, "administrator rights to add multi");
});

test.run();
