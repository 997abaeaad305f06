import { parseCidr } from "@k3s-lab/ip";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lab, LabState } from "@k3s-lab/lab";
import { parseConfig } from "../../../lab/src/parse-config.js";
import { carryOut, foresee, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decideMachines } from "../../src/decide-machines.js";
import { canTryKvm } from "../../src/drivers/vagrant/kvm.js";
import { machinesStage } from "../../src/stage.js";
import { machinesSteps } from "../../src/steps/machines-steps.js";
import { removeVirtualMachines } from "../../src/steps/remove-virtual-machines.js";
import { type FakePrograms, fakePrograms } from "../drivers/vagrant/fake-programs.js";

const config = parseConfig(`
nodes: [{ name: multi, role: server }, { name: agent1 }]
machines: { provider: vagrant, vagrant: { provider: libvirt } }
network: { mode: bridged }
`);
const network = {
  lan: { kind: "bridge" as const, bridge: "br0", subnet: parseCidr("192.168.1.0/24"), seed: "" },
  gateway: "192.168.1.1",
  resolvers: ["8.8.8.8"],
  addresses: { multi: "192.168.1.110", agent1: "192.168.1.111" },
};

interface Context {
  programs: FakePrograms;
  lab: Lab;
}

const test = suite<Context>("machines virtual machines steps");

test.before.each((context) => {
  context.programs = fakePrograms();
  const dir = join(context.programs.dir, ".lab");
  context.lab = { id: "0123ab", file: "lab.yaml", config, state: new LabState(dir) };
});
test.after.each(({ programs }) => programs[Symbol.dispose]());

test("a host without any of it can be planned for, and is left as it is", async ({ programs, lab }) => {
  const { PATH } = process.env;
  const { getuid } = process;
  // Nothing but what installs the rest, which root may run.
  process.env.PATH = join(programs.dir, "nothing");
  mkdirSync(process.env.PATH);
  writeFileSync(join(process.env.PATH, "apt-get"), "", { mode: 0o755 });
  process.getuid = () => 0;
  try {
    const { actions } = await foresee([
      ...machinesStage.fetch(lab),
      ...machinesSteps(lab, decideMachines(lab, network)),
    ]);
    const plan = actions.map(({ sentence }) => sentence);
    const missing = ["/usr/bin", "/bin", "/usr/sbin"].some((dir) => existsSync(join(dir, "libvirtd")))
      ? []
      : ["libvirt"];
    for (const part of ["vagrant", ...missing]) assert.match(plan[0] ?? "", part);
    assert.equal(
      plan.filter((sentence) => !/install|start libvirt/.test(sentence)),
      [
        "host: download the box generic/alpine319 for libvirt (once)",
        `host: write Vagrantfile, guest/multi.sh, guest/agent1.sh in ${lab.state.path("vagrant")}`,
        "host: ask the LAN whether another host has 192.168.1.110, 192.168.1.111",
        "multi: make a virtual machine with address 192.168.1.110",
        "agent1: make a virtual machine with address 192.168.1.111",
        "host: note the links and the service managers of multi, agent1",
      ],
    );
    const depends = actions.flatMap(({ sentence, provided }) => (provided === undefined ? [] : [[sentence, provided]]));
    assert.equal(
      depends.map(([sentence, provided]) => [String(sentence).split(":")[0], provided]),
      canTryKvm() ? [] : ["multi", "agent1"].map((subject) => [subject, "if KVM works"]),
    );
    assert.not.ok(existsSync(lab.state.dir));
  } finally {
    process.env.PATH = PATH;
    if (getuid) process.getuid = getuid;
  }
});

if (process.platform !== "win32") {
  test("what the folder knows and what only the hypervisor knows is removed, with the folder", async ({
    programs,
    lab,
  }) => {
    programs.set("multi", "running");
    programs.set("agent1", "shutoff");
    const dir = lab.state.path("vagrant");
    mkdirSync(join(dir, ".vagrant/machines/multi/libvirt"), { recursive: true });
    writeFileSync(join(dir, ".vagrant/machines/multi/libvirt/id"), "id");
    writeFileSync(join(dir, "Vagrantfile"), "  config.vm.define 'multi' do |node|\n");
    const steps = removeVirtualMachines(lab);
    assert.equal(await sentencesOf(steps), [
      "agent1: end and remove the virtual machine",
      "multi: end and remove the virtual machine",
      `host: remove ${dir}`,
    ]);
    assert.is(await carryOut(steps, { stage: "machines", report: () => {} }), 3);
    const said = programs.said().join("\n");
    assert.match(said, "vagrant destroy multi --force");
    assert.match(said, "virsh undefine k3s-lab-0123ab-agent1 ");
    assert.not.ok(existsSync(dir));
    assert.equal(await sentencesOf(steps), []);
  });

  test("a lab of containers asks no hypervisor, unless it has left virtual machines", async ({ programs, lab }) => {
    const containers = { ...lab, config: parseConfig("machines: { provider: lxc }") };
    assert.equal(removeVirtualMachines(containers), []);
    mkdirSync(lab.state.path("vagrant"), { recursive: true });
    assert.is(removeVirtualMachines(containers).length, 2);
    assert.equal(programs.said(), []);
  });
}

test.run();
