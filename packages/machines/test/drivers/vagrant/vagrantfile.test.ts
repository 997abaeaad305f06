import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderVagrantfile } from "../../../src/drivers/vagrant/vagrantfile.js";
import { vagrantFiles } from "../../../src/drivers/vagrant/vagrant-files.js";
import { machineId } from "../../../src/drivers/vagrant/plan.js";
import { plan } from "./sample.js";

const test = suite("vagrant file");

const linesOf = (changes = {}) =>
  renderVagrantfile({ ...plan, ...changes })
    .split("\n")
    .map((line) => line.trim());

function has(lines: readonly string[], ...wanted: readonly string[]): void {
  for (const line of wanted) assert.ok(lines.includes(line), `no line ${line} in\n${lines.join("\n")}`);
}

test("VirtualBox: each node on the host's LAN, with the seed's memory and processors", () => {
  const lines = linesOf();
  has(
    lines,
    "config.vm.box = 'generic/alpine319'",
    "virtualbox.memory = 4096",
    "virtualbox.cpus = 2",
    "config.vm.define 'multi', primary: true do |node|",
    "config.vm.define 'agent1' do |node|",
    "config.vm.define 'agent2' do |node|",
    "node.vm.hostname = 'agent2'",
    "node.vm.network 'public_network', bridge: 'wlp5s0', ip: '192.168.1.112', mac: '02000000000C', auto_config: false",
    "node.vm.provision 'network', type: 'shell', path: 'guest/agent2.sh', run: 'always'",
    `virtualbox.name = '${machineId(plan.labId, "agent2")}'`,
  );
  assert.not.match(lines.join("\n"), "libvirt");
});

test("a machine has a size of its own where its node has one, and the others that of all", () => {
  const machines = plan.machines.map((machine) => (machine.name === "agent1" ? { ...machine, memory: 8192 } : machine));
  const virtualbox = linesOf({ machines });
  has(virtualbox, "virtualbox.memory = 4096", "virtualbox.memory = 8192");
  assert.is(
    virtualbox[virtualbox.indexOf("virtualbox.memory = 8192") - 1],
    `virtualbox.name = '${machineId(plan.labId, "agent1")}'`,
  );
  const libvirt = linesOf({
    provider: "libvirt",
    bridge: "br0",
    machines: machines.map((each) => ({ ...each, cpus: 1 })),
  });
  assert.equal(
    libvirt.filter((line) => /^libvirt\.(memory|cpus)/.test(line)),
    [
      "libvirt.memory = 4096",
      "libvirt.cpus = 2",
      "libvirt.cpus = 1",
      "libvirt.memory = 8192",
      "libvirt.cpus = 1",
      "libvirt.cpus = 1",
    ],
  );
});

test("nothing of the host is shared with a machine", () => {
  has(linesOf(), "config.vm.synced_folder '.', '/vagrant', disabled: true");
  assert.is(linesOf().filter((line) => line.includes("synced_folder")).length, 1);
});

test("the NAT interface does not ask the host's resolver", () => {
  has(linesOf(), "virtualbox.customize ['modifyvm', :id, '--natdnshostresolver1', 'off', '--natdnsproxy1', 'off']");
});

test("libvirt: plugged into a bridge by what its plugin reads, which is not `bridge:`", () => {
  const lines = linesOf({ provider: "libvirt", bridge: "br0" });
  has(
    lines,
    "node.vm.network 'public_network', dev: 'br0', mode: 'bridge', type: 'bridge', ip: '192.168.1.110', mac: '02:00:00:00:00:0a', auto_config: false",
    "libvirt.driver = 'kvm'",
    "libvirt.default_prefix = 'k3s-lab-0123ab-'",
    "libvirt.memory = 4096",
    "libvirt.cpus = 2",
  );
  assert.not.match(lines.join("\n"), /virtualbox| bridge:/);
});

test("libvirt emulates only where that is set", () => {
  const lines = linesOf({ provider: "libvirt", emulate: true });
  has(lines, "libvirt.driver = 'qemu'", "libvirt.cpu_mode = 'custom'", "libvirt.cpu_model = 'qemu64'");
  assert.not.ok(lines.includes("libvirt.driver = 'kvm'"));
});

test("a box can be chosen, and no value leaves its quotes", () => {
  has(linesOf({ box: "my'box" }), String.raw`config.vm.box = 'my\'box'`);
  has(
    linesOf({ bridge: "Realtek' #{x} \\" }),
    String.raw`node.vm.network 'public_network', bridge: 'Realtek\' #{x} \\', ip: '192.168.1.110', mac: '02000000000A', auto_config: false`,
  );
});

test("a folder holds the Vagrantfile and what each machine runs", () => {
  const files = vagrantFiles(plan);
  assert.equal(
    files.map(({ path, mode }) => [path, mode]),
    [
      ["Vagrantfile", 0o644],
      ["guest/multi.sh", 0o755],
      ["guest/agent1.sh", 0o755],
      ["guest/agent2.sh", 0o755],
    ],
  );
  assert.match(files[2]?.content ?? "", "ADDRESS=192.168.1.111\n");
});

test.run();
