import { suite } from "uvu";
import * as assert from "uvu/assert";
import { elevated, type HostSystem, hostsFilePath } from "../src/host-system.js";

const test = suite("host system");

const linux: HostSystem = { platform: "linux", env: {} };
const mac: HostSystem = { platform: "darwin", env: {} };
const windows: HostSystem = { platform: "win32", env: { SystemRoot: String.raw`D:\Win` } };

test("where the hosts file is", () => {
  assert.is(hostsFilePath(linux), "/etc/hosts");
  assert.is(hostsFilePath(mac), "/etc/hosts");
  assert.is(hostsFilePath(windows), String.raw`D:\Win\System32\drivers\etc\hosts`);
  assert.is(hostsFilePath({ platform: "win32", env: {} }), String.raw`C:\Windows\System32\drivers\etc\hosts`);
});

test("rights are asked for with a word before", () => {
  const { command, notice, otherwise } = elevated(linux, ["node", "write hosts.js"], "to add multi to /etc/hosts");
  assert.equal(command, ["sudo", "--", "node", "write hosts.js"]);
  assert.is(notice, "sudo may ask for your password to add multi to /etc/hosts: node 'write hosts.js'");
  assert.is(otherwise, "Run: sudo node 'write hosts.js'");
});

test("Windows gets a script that no quoting touches, and hands back the exit code", () => {
  const program = String.raw`C:\Program Files\nodejs\node.exe`;
  const { command, notice, otherwise } = elevated(
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
  assert.is(otherwise, "Run it again, and agree when Windows asks");
});

test.run();
