import { suite } from "uvu";
import * as assert from "uvu/assert";
import { percentIn } from "../../../src/drivers/vagrant/box.js";
import { parseMachineReadable, parseStatus } from "../../../src/drivers/vagrant/machine-readable.js";
import { bridgeFor, parseBridgeableInterfaces, parseBridgedNics } from "../../../src/drivers/vagrant/virtualbox.js";

const test = suite("vagrant output");

/** As vagrant 2.3.4 printed it; states changed. */
const status = `1795551493,multi,metadata,provider,libvirt
1795551493,multi,provider-name,libvirt
1795551493,multi,state,running
1795551493,multi,state-human-short,running
1795551493,agent1,state,shutoff
1795551493,agent2,state,not_created
1795551493,agent2,state-human-long,The domain is not created%!(VAGRANT_COMMA) yet. Run \`vagrant up\`.
1795551493,gone,state,inaccessible
x.rb:12: warning: of these,multi,state,poweroff
1795551493,,ui,info,Current machine states:\\n\\nmulti   running (libvirt)
`;

test("the state of each machine, whatever Ruby prints in between", () => {
  assert.equal(
    [...parseStatus(status)],
    [
      ["multi", "running"],
      ["agent1", "stopped"],
      ["agent2", "absent"],
      ["gone", "absent"],
    ],
  );
  assert.equal([...parseStatus(status.replaceAll("\n", "\r\n"))], [...parseStatus(status)]);
});

test("the download of a box tells how far it has come", () => {
  assert.is(percentIn("    box: Progress: 34% (Rate: 5M/s, Estimated time remaining: 0:01)"), 34);
  assert.is(percentIn("==> box: Adding box 'generic/alpine318'"), undefined);
});

test("what is escaped in a line is text again", () => {
  const parsed = parseMachineReadable(status);
  assert.equal(parsed[6]?.data, ["The domain is not created, yet. Run `vagrant up`."]);
  assert.equal(parsed.at(-1), { type: "ui", data: ["info", "Current machine states:\n\nmulti   running (libvirt)"] });
});

test("which interface of the host VirtualBox has bridged", () => {
  const info = `name="k3s-lab-0123ab-multi"
VMState="running"
nic1="nat"
macaddress1="0800275C1A2B"
cableconnected1="on"
natnet1="nat"
"Forwarding(0)"="ssh,tcp,127.0.0.1,2222,,22"
nic2="bridged"
bridgeadapter2="en0: Wi-Fi (AirPort)"
macaddress2="02000000000A"
cableconnected2="on"
nic3="bridged"
bridgeadapter3="en5"
macaddress3="02000000000B"
cableconnected3="off"
nic4="none"
memory=4096
`;
  assert.equal(parseBridgedNics(info), [
    { slot: 2, adapter: "en0: Wi-Fi (AirPort)", mac: "02:00:00:00:00:0a", isPlugged: true },
    { slot: 3, adapter: "en5", mac: "02:00:00:00:00:0b", isPlugged: false },
  ]);
});

test("what VirtualBox calls the uplink, by its address and else by its name", () => {
  const list = `Name:            en5: USB Ethernet
GUID:            00000000-0000
DHCP:            Disabled
IPAddress:       0.0.0.0
NetworkMask:     0.0.0.0
HardwareAddress: 00:E0:4C:00:00:01
MediumType:      Ethernet
Wireless:        No
Status:          Down
VBoxNetworkName: HostInterfaceNetworking-en5

Name:            en0: Wi-Fi
IPAddress:       192.168.1.20
HardwareAddress: A4:83:E7:00:00:02
Wireless:        Yes
Status:          Up
VBoxNetworkName: HostInterfaceNetworking-en0
`;
  const interfaces = parseBridgeableInterfaces(list.replaceAll("\n", "\r\n"));
  const [wired, wireless] = interfaces;
  assert.equal(wireless, { name: "en0: Wi-Fi", address: "192.168.1.20" });
  assert.is(bridgeFor({ hostAddress: "192.168.1.20", interface: "en0" }, interfaces), wireless);
  assert.is(bridgeFor({ hostAddress: "192.168.1.9", interface: "en5: USB Ethernet" }, interfaces), wired);
  assert.is(bridgeFor({ hostAddress: "192.168.1.9", interface: "en0" }, interfaces), undefined);
});

test.run();
