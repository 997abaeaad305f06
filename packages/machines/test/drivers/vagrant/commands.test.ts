import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  addBoxCommand,
  destroyCommand,
  haltCommand,
  listBoxesCommand,
  listBridgeableCommand,
  showMachineCommand,
  sshConfigCommand,
  statusCommand,
  upCommand,
  upGroups,
  vagrantEnvironment,
} from "../../../src/drivers/vagrant/commands.js";

const test = suite("vagrant commands");

test("machines come up side by side, in the way that each provider can", () => {
  assert.equal(upCommand(["multi", "agent1"]), ["vagrant", "up", "multi", "agent1", "--parallel"]);
  assert.equal(upGroups("libvirt", ["multi", "agent1"]), [["multi", "agent1"]]);
  assert.equal(upGroups("virtualbox", ["multi", "agent1"]), [["multi"], ["agent1"]]);
  // Without a name Vagrant would start all.
  assert.equal(upGroups("libvirt", []), []);
});

test("nothing asks a person or the network", () => {
  assert.equal(destroyCommand("multi"), ["vagrant", "destroy", "multi", "--force"]);
  assert.is(vagrantEnvironment("libvirt").VAGRANT_CHECKPOINT_DISABLE, "1");
  assert.is(vagrantEnvironment("libvirt").VAGRANT_DEFAULT_PROVIDER, "libvirt");
  assert.is(vagrantEnvironment("libvirt").LIBVIRT_DEFAULT_URI, "qemu:///system");
  assert.is(vagrantEnvironment("virtualbox").LIBVIRT_DEFAULT_URI, undefined);
});

test("machines are named", () => {
  assert.is(haltCommand("multi").join(" "), "vagrant halt multi");
  assert.is(sshConfigCommand(["multi", "agent1"]).join(" "), "vagrant ssh-config multi agent1");
});

test("what is looked at", () => {
  assert.is(statusCommand().join(" "), "vagrant status --machine-readable");
  assert.is(listBoxesCommand().join(" "), "vagrant box list --machine-readable");
  assert.is(addBoxCommand("virtualbox", "a/b").join(" "), "vagrant box add a/b --provider virtualbox");
  assert.equal(showMachineCommand("VBoxManage", "0123ab", "multi"), [
    "VBoxManage",
    "showvminfo",
    "k3s-lab-0123ab-multi",
    "--machinereadable",
  ]);
  assert.equal(listBridgeableCommand("VBoxManage"), ["VBoxManage", "list", "bridgedifs"]);
});

test.run();
