import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  addBoxCommand,
  destroyCommand,
  haltCommand,
  listBoxesCommand,
  listBridgeableCommand,
  provisionCommand,
  reloadCommand,
  showMachineCommand,
  sshConfigCommand,
  statusCommand,
  upCommands,
  vagrantEnvironment,
  validateCommand,
} from "../../../src/drivers/vagrant/commands.js";

const test = suite("vagrant commands");

test("machines come up side by side, in the way that each provider can", () => {
  assert.equal(upCommands("libvirt", ["multi", "agent1"]), [["vagrant", "up", "multi", "agent1", "--parallel"]]);
  assert.equal(upCommands("virtualbox", ["multi", "agent1"]), [
    ["vagrant", "up", "multi"],
    ["vagrant", "up", "agent1"],
  ]);
  // Without a name Vagrant would start all.
  assert.equal(upCommands("libvirt", []), []);
});

test("nothing asks a person or the network", () => {
  assert.equal(destroyCommand("multi"), ["vagrant", "destroy", "multi", "--force"]);
  assert.is(vagrantEnvironment("libvirt").VAGRANT_CHECKPOINT_DISABLE, "1");
  assert.is(vagrantEnvironment("libvirt").VAGRANT_DEFAULT_PROVIDER, "libvirt");
  assert.is(vagrantEnvironment("libvirt").LIBVIRT_DEFAULT_URI, "qemu:///system");
  assert.is(vagrantEnvironment("virtualbox").LIBVIRT_DEFAULT_URI, undefined);
});

test("one command a machine", () => {
  const commands = [haltCommand, reloadCommand, provisionCommand, sshConfigCommand].map((command) => command("multi"));
  assert.equal(
    commands.map((command) => command.join(" ")),
    [
      "vagrant halt multi",
      "vagrant reload multi",
      "vagrant provision multi --provision-with network",
      "vagrant ssh-config multi",
    ],
  );
});

test("what is looked at", () => {
  assert.is(statusCommand().join(" "), "vagrant status --machine-readable");
  assert.is(listBoxesCommand().join(" "), "vagrant box list --machine-readable");
  assert.is(addBoxCommand("virtualbox", "a/b").join(" "), "vagrant box add a/b --provider virtualbox");
  assert.is(validateCommand().join(" "), "vagrant validate");
  assert.is(validateCommand({ ignoreProvider: true }).join(" "), "vagrant validate --ignore-provider");
  assert.equal(showMachineCommand("VBoxManage", "0123ab", "multi"), [
    "VBoxManage",
    "showvminfo",
    "k3s-lab-0123ab-multi",
    "--machinereadable",
  ]);
  assert.equal(listBridgeableCommand("VBoxManage"), ["VBoxManage", "list", "bridgedifs"]);
});

test.run();
