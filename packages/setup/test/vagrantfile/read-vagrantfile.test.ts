import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readVagrantfile, type VagrantLab } from "../../src/vagrantfile/index.js";

const test = suite("setup read-vagrantfile");

const configure = (body: string, before = "") => `${before}Vagrant.configure("2") do |config|\n${body}\nend\n`;
const read = (text: string, env?: Readonly<Record<string, string>>) => readVagrantfile(text, "Vagrantfile", env);

/** "name host name box address memory/cpus", a line a machine. */
function lines({ machines }: VagrantLab): readonly string[] {
  return machines.map(({ name, hostname, box, networks, hardware }) => {
    const { memory, cpus } = hardware.virtualbox ?? hardware.libvirt ?? {};
    const where = networks.map(({ kind, ip, bridges }) => [kind, ip, ...bridges].filter(Boolean).join(" ")).join("; ");
    return [name, hostname?.value, box?.value, where, `${memory?.value ?? "-"}/${cpus?.value ?? "-"}`].join(", ");
  });
}

function notes({ notes: all }: VagrantLab): readonly string[] {
  return all.map(({ line, text }) => `${line}: ${text}`);
}

const seed = readFileSync(new URL("../../../../examples/seed/original/Vagrantfile", import.meta.url), "utf8");

test("the seed's: a method of its own, globals, a hash of agents, and the network of each", () => {
  const lab = read(seed);
  assert.equal(lines(lab), [
    "server, multi, generic/alpine314, public 192.168.1.110 wlp5s0, 4096/2",
    "agent1, agent1, generic/alpine314, public 192.168.1.111 wlp5s0, 4096/2",
    "agent2, agent2, generic/alpine314, public 192.168.1.112 wlp5s0, 4096/2",
  ]);
  assert.ok(lab.machines[0]?.isPrimary);
  assert.ok(lab.scripts.some(({ value }) => value.includes("ip route add default via 192.168.1.1")));
  assert.equal([...new Set(lab.notes.map(({ line }) => line))], [76, 81, 82]);
});

test("a range that is gone through, with a name and an address made of its number", () => {
  const body = `
    (1..3).each do |i|
      config.vm.define "node#{i}" do |node|
        node.vm.box = "debian/bookworm64"
        node.vm.hostname = "node#{i}"
        node.vm.network "private_network", ip: "192.168.56.#{10 + i}", netmask: "255.255.255.0"
        node.vm.provider "virtualbox" do |v|
          v.memory = i == 1 ? 4096 : 2048
          v.cpus = 2
        end
      end
    end`;
  assert.equal(lines(read(configure(body))), [
    "node1, node1, debian/bookworm64, private 192.168.56.11, 4096/2",
    "node2, node2, debian/bookworm64, private 192.168.56.12, 2048/2",
    "node3, node3, debian/bookworm64, private 192.168.56.13, 2048/2",
  ]);
});

test("exclusive ranges, times, upto, each_with_index, formats and symbols", () => {
  const body = `
    (1...3).each { |i| config.vm.define "a#{i}" }
    2.times do |i| config.vm.define :"b#{i}" end
    1.upto(2) { |i| config.vm.define "c%02d" % i }
    %w[x y].each_with_index { |name, i| config.vm.define "#{name}-#{i}" }
    ["p", "q"].each.with_index(1) { |name, i| config.vm.define name }
    for i in 1..2 do config.vm.define "f#{i}" end
    while true do config.vm.define "w" end`;
  const lab = read(configure(body));
  assert.equal(
    lab.machines.map(({ name }) => name),
    ["a1", "a2", "b0", "b1", "c01", "c02", "x-0", "y-1", "p", "q", "f1", "f2"],
  );
  assert.equal(notes(lab), ['9: while true do config.vm.define "w" end cannot be read']);
});

test("hashes of nodes, by symbols and by texts, with defaults", () => {
  const before = `
NODES = {
  "cp" => { ip: "10.0.0.10", memory: 4096, "cpus" => 4 },
  "w1" => { ip: "10.0.0.11" },
}.freeze
DEFAULT_MEMORY = 1024
`;
  const body = `
    config.vm.box = "ubuntu/jammy64"
    NODES.each do |name, settings|
      config.vm.define name, primary: name == "cp" do |node|
        node.vm.network :private_network, ip: settings[:ip]
        node.vm.provider :virtualbox do |vb|
          vb.memory = settings[:memory] || DEFAULT_MEMORY
          vb.cpus = settings.fetch("cpus", 1)
        end
      end
    end`;
  const lab = read(configure(body, before));
  assert.equal(lines(lab), [
    "cp, , ubuntu/jammy64, private 10.0.0.10, 4096/4",
    "w1, , ubuntu/jammy64, private 10.0.0.11, 1024/1",
  ]);
  assert.equal(
    lab.machines.map(({ isPrimary }) => isPrimary),
    [true, false],
  );
});

test("a list of hashes, unless and next, and lists that grow", () => {
  const body = `
    nodes = []
    nodes << { :name => "a", :on => true }
    nodes.push({ name: "b", on: false })
    nodes += [{ name: "c", on: true }]
    nodes.each do |node|
      next unless node[:on]
      config.vm.define(node[:name]) { |m| m.vm.hostname = node[:name].upcase }
    end`;
  assert.equal(
    read(configure(body)).machines.map(({ hostname }) => hostname?.value),
    ["A", "C"],
  );
});

test("what is set for all machines counts where a machine says nothing else, wherever it stands", () => {
  const body = `
    config.vm.define "a"
    config.vm.define "b" do |b|
      b.vm.box = "other"
      b.vm.provider "virtualbox" do |v| v.memory = 512 end
    end
    config.vm.box = "debian/bookworm64"
    config.vm.network "public_network", bridge: ["en0: Wi-Fi", "eth0"]
    config.vm.provider "virtualbox" do |v|
      v.memory = "2048"
      v.cpus = 2
    end`;
  assert.equal(lines(read(configure(body))), [
    "a, , debian/bookworm64, public en0: Wi-Fi eth0, 2048/2",
    "b, , other, public en0: Wi-Fi eth0, 512/2",
  ]);
});

test("a machine without define is called default", () => {
  assert.equal(lines(read(configure('config.vm.box = "debian/bookworm64"'))), ["default, , debian/bookworm64, , -/-"]);
});

test("VirtualBox' own words for memory and CPUs", () => {
  const body = `config.vm.box = "b"
    config.vm.provider "virtualbox" do |v|
      v.customize ["modifyvm", :id, "--memory", "3072", "--cpus", 4]
      v.customize ["modifyvm", :id, "--nested-hw-virt", "on"]
    end`;
  const lab = read(configure(body));
  assert.equal(lines(lab), ["default, , b, , 3072/4"]);
  assert.equal(notes(lab), ["5: provider virtualbox: customize has no counterpart"]);
});

test("several providers each have their own", () => {
  const body = `config.vm.box = "b"
    config.vm.provider("virtualbox") { |v, override| v.memory = 1024; override.vm.box = "c" }
    config.vm.provider("libvirt") { |v| v.memory = 2048 }`;
  const [machine] = read(configure(body)).machines;
  assert.is(machine?.hardware.virtualbox?.memory?.value, 1024);
  assert.is(machine?.hardware.libvirt?.memory?.value, 2048);
  assert.is(machine?.box?.value, "c");
});

test("variables of the shell are taken as they are, and told", () => {
  const body = `
    count = (ENV["AGENTS"] || 2).to_i
    count.times { |i| config.vm.define "a#{i}" }
    config.vm.define "b" if ENV.key?("MORE")
    config.vm.box = ENV.fetch("BOX", "debian/bookworm64")`;
  const unset = read(configure(body));
  assert.equal(
    unset.machines.map(({ name }) => name),
    ["a0", "a1"],
  );
  assert.match(notes(unset)[0] ?? "", /^3: the variable AGENTS is not set in this shell$/);
  const set = read(configure(body), { AGENTS: "1", MORE: "", BOX: "x" });
  assert.equal(
    set.machines.map(({ name, box }) => [name, box?.value]),
    [
      ["a0", "x"],
      ["b", "x"],
    ],
  );
});

test("roles as a list or as a text of the shell, and a method that sets a machine up", () => {
  const before = `
ROLES = ENV["ROLES"] || ["server-0", "agent-0"]
ROLES = ROLES.split(" ") if ROLES.is_a?(String)
BOXES = ["generic/ubuntu2204"] * 1
PREFIX = "10.10.10"
def provision(vm, role, number, memory: 1024)
  return unless role
  vm.box = BOXES.first
  vm.hostname = role
  vm.network "private_network", ip: "#{PREFIX}.#{100 + number}"
  vm.provider("libvirt") { |v| v.memory = memory }
end
`;
  const body = `
    ROLES.each_with_index do |name, i|
      config.vm.define name do |node|
        provision(node.vm, name, i, memory: name.start_with?("server") ? 2048 : 512)
      end
    end`;
  assert.equal(lines(read(configure(body, before.replace(" * 1", "")))), [
    "server-0, server-0, generic/ubuntu2204, private 10.10.10.100, 2048/-",
    "agent-0, agent-0, generic/ubuntu2204, private 10.10.10.101, 512/-",
  ]);
  const told = read(configure(body, before), { ROLES: "server-1" });
  assert.equal(lines(told), ["server-1, server-1, , private 10.10.10.100, 2048/-"]);
  assert.match(notes(told).join("\n"), /vm\.box cannot be read: \["generic\/ubuntu2204"\] \* 1 cannot be read/);
});

test("what cannot be known is told with its line, and not guessed", () => {
  const before = 'require "yaml"\nsettings = YAML.load_file("settings.yaml")\nip = `hostname -I`\n';
  const body = `  config.vm.define "a" do |a|
    a.vm.hostname = File.read("name")
    a.vm.network "private_network", ip: ip
    a.vm.provider("virtualbox") { |v| v.memory = settings["memory"]; v.cpus = 2 }
  end
  if Vagrant.has_plugin?("vagrant-vbguest")
    config.vm.define "b"
  end
  settings["nodes"].each { |name| config.vm.define name }
  system("rm -rf /tmp/x")`;
  const lab = read(configure(body, before));
  assert.equal(lines(lab), ["a, , , private, -/2"]);
  assert.equal(notes(lab), [
    '6: vm.hostname cannot be read: File.read("name") is not run',
    "7: the address of private_network cannot be read",
    '8: provider virtualbox.memory cannot be read: YAML.load_file("settings.yaml") is not run',
    "10: neither way of the condition is taken over: Vagrant.has_plugin? is not asked",
    '13: cannot be followed: YAML.load_file("settings.yaml") is not run (line 2)',
    "14: system is not run",
  ]);
});

test("settings without a counterpart are told", () => {
  const body = `  config.vm.box = "b"
  config.vm.box_version = "1.0"
  config.ssh.insert_key = false
  config.vm.network "forwarded_port", guest: 80, host: 8080
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.vm.synced_folder "src", "/src"
  config.vm.provision "ansible" do |ansible|
    ansible.playbook = "site.yml"
  end
  config.trigger.before :up do |t| t.info = "x" end
  config.vm.provider("virtualbox") { |v| v.name = "n"; v.gui = true; v.firmware = "efi" }`;
  const told = notes(read(configure(body)));
  assert.equal(
    told.map((note) => note.split(/[:,(]/).slice(0, 2).join(":").trim()),
    [
      "3: vm.box_version has no counterpart",
      "4: ssh.insert_key has no counterpart",
      "5: forwarded_port",
      "7: synced_folder src /src is not taken over",
      "8: provision is not run",
      "11: trigger.before has no counterpart",
      "12: provider virtualbox",
    ],
  );
});

test("a method returns what it says, early too", () => {
  const before = 'def box(old)\n  return "debian/buster64" if old\n  "debian/bookworm64"\nend\n';
  const body =
    '  config.vm.define("a") { |a| a.vm.box = box(true) }\n  config.vm.define("b") { |b| b.vm.box = box(false) }';
  assert.equal(lines(read(configure(body, before))), ["a, , debian/buster64, , -/-", "b, , debian/bookworm64, , -/-"]);
});

test("a Vagrantfile that goes on and on is left where it is", () => {
  const loops = "    900.times { |a| 900.times { |b| 900.times { |c| x = c } } }";
  const lab = read(configure(`  config.vm.define "a"\n${loops}\n  config.vm.define "b"`));
  assert.equal(lines(lab), ["a, , , , -/-"]);
  assert.equal(notes(lab), ["3: the Vagrantfile goes on too long to be followed further than this"]);
});

test("methods call themselves and loops go on only so long", () => {
  const body = `config.vm.box = "b"
    def again(n)
      again(n + 1)
    end
    again(0)
    (1..10**9).each { |i| config.vm.define "n#{i}" }
    1000000000.times { |i| config.vm.define "n#{i}" }`;
  const started = performance.now();
  const lab = read(configure(body));
  assert.equal(lines(lab), ["default, , b, , -/-"]);
  assert.ok(lab.notes.length >= 2);
  assert.ok(performance.now() - started < 2000);
});

test("a text that is no Ruby, and one without machines, are refused with a line", () => {
  assert.throws(
    () => read("Vagrant.configure('2') do |config|\n  x = [1,\nend\n"),
    /^Vagrantfile:\d: is not Ruby: .*\[LAB-INI-002\]$/,
  );
  assert.throws(() => read("require 'x'\n"), /^Vagrantfile: no machine can be told from it.*\[LAB-INI-003\]$/);
  assert.throws(
    () => read(configure('YAML.load_file("n").each { |name| config.vm.define name }')),
    /without running it\n {2}Vagrantfile:2: YAML\.load_file\("n"\) is not run\. Run `npm run lab:init` without --from/,
  );
});

test("accents do not shift lines", () => {
  const lab = read(configure('  # é ü\n  config.vm.box = "b"\n  config.vm.box_url = "é"'));
  assert.equal(notes(lab), ["4: vm.box_url has no counterpart"]);
});

test.run();
