import { readFileSync } from "node:fs";
import { parseConfig } from "@k3s-lab/lab/parse-config";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withLink, withRoute } from "../../../host-network/test/fixtures/hosts.js";
import { answersOf, explain, renderLabFile, type SetupFacts } from "../../src/index.js";
import { readVagrantfile, takeOver } from "../../src/vagrantfile/index.js";
import { defaults, drivers, facts } from "../sample.js";

const test = suite("setup take-over");
const root = new URL("../../../../", import.meta.url);
const seed = readFileSync(new URL("examples/seed/original/Vagrantfile", root), "utf8");
const virtualBox: SetupFacts = { ...facts, drivers: drivers("virtualbox", "lxc") };

function take(text: string, on: SetupFacts = virtualBox) {
  const { answers, notes } = takeOver(readVagrantfile(text, "Vagrantfile"), defaults, on);
  const config = parseConfig(renderLabFile(answers, explain(answers, on), { schema: "s", about: [] }));
  return { answers, config, notes: notes.map(({ lines, text: note }) => `${lines.join(", ")}: ${note}`) };
}

const machines = (body: string) => `Vagrant.configure("2") do |config|\n${body}\nend\n`;
const define = (name: string, body = "") => `config.vm.define "${name}" do |n|\n${body}\nend\n`;
const lan = (...addresses: readonly string[]) =>
  machines(addresses.map((ip, i) => define(`n${i}`, `n.vm.network "private_network", ip: "${ip}"`)).join(""));

test("the seed's Vagrantfile becomes the lab of examples/seed, on its host", () => {
  const host = withLink(facts.host, { name: "wlp5s0", kind: "wifi" });
  const { config, notes } = take(seed, { ...virtualBox, host });
  const example = parseConfig(readFileSync(new URL("examples/seed/lab.yaml", root), "utf8"));
  const { box } = example.machines.vagrant;
  assert.equal(
    { ...config, name: "seed" },
    {
      ...example,
      machines: { ...example.machines, vagrant: { ...example.machines.vagrant, box: "generic/alpine314" } },
      network: { ...example.network, interface: "wlp5s0" },
    },
  );
  assert.is(box, "generic/alpine319");
  assert.equal(notes, [
    "76: synced_folder ./shared /vagrant_shared is not taken over: machines.mounts does that for containers",
    "81, 82: provision is not run: k3s-lab installs and configures K3s, the route and the resolver itself",
  ]);
});

test("where VirtualBox does not work, the nodes become what does, and that is told", () => {
  const { config, notes } = take(seed, facts);
  assert.is(config.machines.provider, "auto");
  assert.is(config.network.mode, "bridged");
  assert.is(config.nodes[0]?.address, "192.168.1.110");
  assert.match(
    notes.at(-1) ?? "",
    /^88: the machines become others, Linux containers \(LXC\): VirtualBox does not work here, no virtualbox here$/,
  );
  assert.ok(notes.includes("75: the bridge wlp5s0 is no interface of this host: network.interface stays auto"));
  assert.ok(notes.includes("78, 79, 86: memory, CPUs and box are not taken over: containers share the host's"));
});

test("where nothing works, the file says what the Vagrantfile says", () => {
  const { answers } = take(seed, { ...facts, drivers: drivers() });
  assert.equal([answers.driver, answers.mode, answers.memory], ["virtualbox", "bridged", 4096]);
});

test("private addresses become the lab's network, with its netmask", () => {
  const { answers, notes } = take(lan("192.168.56.10", "192.168.56.11"), facts);
  assert.equal([answers.subnet, answers.mode, answers.driver], ["192.168.56.0/24", "private", "auto"]);
  assert.equal(
    answers.nodes.map(({ address }) => address),
    ["192.168.56.10", "192.168.56.11"],
  );
  assert.match(
    notes.join("\n"),
    /the machines become others, Linux containers \(LXC\): VirtualBox has no private network that is guarded/,
  );
  const wide = take(
    machines(define("a", 'n.vm.network "private_network", ip: "10.5.9.2", netmask: "255.255.0.0"')),
    facts,
  );
  assert.is(wide.answers.subnet, "10.5.0.0/16");
});

test("private addresses that cannot be kept are told, and others are picked", () => {
  const host = withRoute(facts.host, { dst: "192.168.56.0/24", dev: "vboxnet0" });
  for (const [text, note, on] of [
    [
      lan("192.168.56.10"),
      /overlaps the host's route 192\.168\.56\.0\/24 \(vboxnet0\): addresses are picked/,
      { ...facts, host },
    ],
    [lan("192.168.60.1"), /192\.168\.60\.1 is the host's in a lab's network/, facts],
    [
      lan("192.168.60.9", "10.1.1.1"),
      /10\.1\.1\.1 is outside of 192\.168\.60\.0\/24, in which 192\.168\.60\.9 is/,
      facts,
    ],
    [lan("fd00::5"), /fd00::5 is no IPv4 address/, facts],
    [
      lan("192.168.56.10"),
      /the private network is not taken over: in VirtualBox's own the host/,
      { ...facts, drivers: drivers("virtualbox") },
    ],
  ] as const) {
    const { answers, notes } = take(text, on);
    assert.is(answers.subnet, "auto");
    assert.ok(answers.nodes.every(({ address }) => address === undefined));
    assert.match(notes.join("\n"), note);
  }
});

test("the first bridge that this host has is taken", () => {
  const text = machines(
    'config.vm.box = "debian/b"\nconfig.vm.network "public_network", bridge: ["en0: Wi-Fi", "eth0"]',
  );
  assert.is(take(text).answers.interface, "eth0");
});

test("names become DNS labels, each its own", () => {
  const { answers, notes } = take(machines(define("K3S_Master") + define("k3s-master.example.com") + define("10")));
  assert.equal(
    answers.nodes.map(({ name }) => name),
    ["k3s-master", "k3s-master-2", "node-10"],
  );
  assert.ok(notes.includes("2: K3S_Master becomes k3s-master: a node's name is a DNS label, and no other node's"));
});

test("the server is the one that is called so, else the primary one, else the first", () => {
  const server = (...names: readonly string[]) => {
    const text = machines(
      names.map((name) => (name === "p" ? 'config.vm.define "p", primary: true\n' : define(name))).join(""),
    );
    return take(text).answers.nodes.find(({ role }) => role === "server")?.name;
  };
  assert.is(server("worker", "master"), "master");
  assert.is(server("observer", "k3s-cp-1"), "k3s-cp-1");
  assert.is(server("a", "k3sserver"), "k3sserver");
  assert.is(server("a", "p"), "p");
  assert.is(server("a", "b"), "a");
});

test("several servers become one, and that is told", () => {
  const { answers, notes } = take(machines(define("server1") + define("server2")));
  assert.equal(
    answers.nodes.map(({ role }) => role),
    ["server", "agent"],
  );
  assert.ok(notes.includes("5: a lab has one server: the first is it, and the others become agents"));
});

test("different sizes and boxes become one, and that is told", () => {
  const sized = (name: string, memory: number, box: string) =>
    define(
      name,
      `n.vm.box = "${box}"\nn.vm.network "public_network"\nn.vm.provider("virtualbox") { |v| v.memory = ${memory} }`,
    );
  const { answers, notes } = take(machines(sized("server", 4096, "debian/b") + sized("a", 1024, "ubuntu/j")));
  assert.equal([answers.memory, answers.box], [4096, "debian/b"]);
  assert.ok(notes.includes("10: machines have one memory for all here: 4096, the largest"));
  assert.ok(notes.includes("8: machines have one box here: debian/b, the first"));
  const centos = take(machines(sized("server", 2048, "centos/7")));
  assert.is(centos.answers.box, defaults.box);
  assert.match(
    centos.notes.join("\n"),
    /^3: the box centos\/7 is not taken over, expected one of Alpine, Debian or Ubuntu$/m,
  );
});

test("libvirt stays libvirt, and other providers are told", () => {
  const text = (provider: string) =>
    machines(`config.vm.box = "debian/b"\nconfig.vm.network "private_network", ip: "10.9.0.5"
    config.vm.provider("${provider}") { |v| v.memory = 1024 }`);
  const { answers } = take(text("libvirt"), { ...facts, drivers: drivers("lxc", "libvirt") });
  assert.equal(
    [answers.driver, answers.mode, answers.memory, answers.subnet],
    ["libvirt", "private", 1024, "10.9.0.0/24"],
  );
  assert.match(take(text("hyperv")).notes.join("\n"), /the provider hyperv is not taken over/);
});

test("a version of K3s that a script names is taken over", () => {
  const text = machines(
    'config.vm.box = "debian/b"\nconfig.vm.provision "shell", inline: "INSTALL_K3S_VERSION=v1.30.2+k3s1 sh install"',
  );
  assert.is(take(text).answers.version, "v1.30.2+k3s1");
  assert.equal(answersOf(take(text).config).version, "v1.30.2+k3s1");
});

test.run();
