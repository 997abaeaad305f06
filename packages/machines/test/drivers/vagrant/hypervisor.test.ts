import { suite } from "uvu";
import * as assert from "uvu/assert";
import { boxesIn } from "../../../src/drivers/vagrant/box.js";
import { namesIn, removeCommands } from "../../../src/drivers/vagrant/hypervisor.js";

const test = suite("vagrant hypervisor");

test("a lab's machines are known by their names, and no other lab's", () => {
  const virsh = "k3s-lab-0123ab-multi\nk3s-lab-0123ab-agent-1\nk3s-lab-ffffff-multi\nwindows\n\n";
  assert.equal(namesIn(virsh, "0123ab"), ["multi", "agent-1"]);
  const vboxManage =
    '"k3s-lab-0123ab-multi" {6b1b3f4e-0000-4000-8000-000000000001}\r\n"a k3s-lab-0123ab-x" {6b1b3f4e-0000-4000-8000-000000000002}\r\n';
  assert.equal(namesIn(vboxManage, "0123ab"), ["multi"]);
});

test("a machine that stands still is removed, too, with its disk", () => {
  const [end, remove] = removeCommands("libvirt", "k3s-lab-0123ab-multi");
  assert.equal([end?.command.slice(-2), end?.answers], [["destroy", "k3s-lab-0123ab-multi"], "any"]);
  assert.ok(remove?.command.includes("--remove-all-storage"));
  const virtualBox = removeCommands("virtualbox", "k3s-lab-0123ab-multi").map(({ command }) =>
    command.slice(1).join(" "),
  );
  assert.equal(virtualBox, ["controlvm k3s-lab-0123ab-multi poweroff", "unregistervm k3s-lab-0123ab-multi --delete"]);
});

// As Vagrant 2.3.4 prints it.
test("boxes are read with their providers", () => {
  const said = `1700000000,,ui,info,generic/alpine319 (libvirt%!(VAGRANT_COMMA) 4.3.12)
1700000000,,box-name,generic/alpine319
1700000000,,box-provider,libvirt
1700000000,,box-version,4.3.12
1700000000,,box-name,debian/bookworm64
1700000000,,box-provider,virtualbox
`;
  assert.equal(boxesIn(said), [
    { box: "generic/alpine319", provider: "libvirt" },
    { box: "debian/bookworm64", provider: "virtualbox" },
  ]);
});

test.run();
