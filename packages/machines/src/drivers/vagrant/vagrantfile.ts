import { guestScriptPath } from "./places.js";
import type { VagrantPlan } from "./plan.js";
import { networkLine, nodeLines, sharedLines } from "./providers.js";
import { ruby } from "./ruby.js";

/** Renders the machines and their network; K3s and its token come later, through the driver. */
export function renderVagrantfile(plan: VagrantPlan): string {
  return [
    "# -*- mode: ruby -*-",
    "# vi: set ft=ruby :",
    `# The machines of lab ${plan.labId}, written by k3s-lab: a change made here is gone after the next lab:up.`,
    "# `vagrant status`, `vagrant ssh NAME` and `vagrant reload` work in this folder.",
    "",
    "Vagrant.configure('2') do |config|",
    ...indent([
      `config.vm.box = ${ruby(plan.box)}`,
      "config.vm.box_check_update = false",
      "# Nothing of the host is seen in a machine.",
      "config.vm.synced_folder '.', '/vagrant', disabled: true",
      "",
      ...sharedLines(plan),
      ...plan.machines.flatMap((machine) => ["", ...machineLines(plan, machine)]),
    ]),
    "end",
    "",
  ].join("\n");
}

function machineLines(plan: VagrantPlan, machine: VagrantPlan["machines"][number]): readonly string[] {
  const { name, role } = machine;
  return [
    `config.vm.define ${ruby(name)}${role === "server" ? ", primary: true" : ""} do |node|`,
    ...indent([
      `node.vm.hostname = ${ruby(name)}`,
      networkLine(plan, machine),
      "# Address, default route and resolver; they last, so this changes something only once.",
      `node.vm.provision 'network', type: 'shell', path: ${ruby(guestScriptPath(name))}, run: 'always'`,
      ...nodeLines(plan, machine),
    ]),
    "end",
  ];
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}
