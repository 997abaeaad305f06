import { machineId, machinePrefix, type VagrantPlan } from "./plan.js";
import { ruby, rubyArguments } from "./ruby.js";

type Machine = VagrantPlan["machines"][number];

/** Seconds. An emulated boot takes minutes, and longer when several machines boot at once. */
const bootTimeout = { emulated: 900, accelerated: 300 } as const;

/** Renders the settings that all machines share, as lines of Ruby. */
export function sharedLines(plan: VagrantPlan): readonly string[] {
  return plan.provider === "virtualbox" ? sharedVirtualBox(plan) : sharedLibvirt(plan);
}

function sharedVirtualBox({ memory, cpus }: VagrantPlan): readonly string[] {
  return [
    "config.vm.provider 'virtualbox' do |virtualbox|",
    `  virtualbox.memory = ${ruby(memory)}`,
    `  virtualbox.cpus = ${ruby(cpus)}`,
    "  virtualbox.linked_clone = true",
    "  # Guest additions serve shared folders; there are none.",
    "  virtualbox.check_guest_additions = false",
    "  # The first interface is NAT, and only for Vagrant's SSH. Its DNS must not lead to the host's resolver,",
    "  # where a VPN may answer.",
    "  virtualbox.customize ['modifyvm', :id, '--natdnshostresolver1', 'off', '--natdnsproxy1', 'off']",
    "end",
  ];
}

function sharedLibvirt({ labId, memory, cpus, emulate }: VagrantPlan): readonly string[] {
  return [
    `config.vm.boot_timeout = ${ruby(emulate ? bootTimeout.emulated : bootTimeout.accelerated)}`,
    "config.vm.provider 'libvirt' do |libvirt|",
    `  libvirt.default_prefix = ${ruby(machinePrefix(labId))}`,
    `  libvirt.memory = ${ruby(memory)}`,
    `  libvirt.cpus = ${ruby(cpus)}`,
    ...(emulate
      ? [
          "  # No KVM: every instruction is emulated. The plainest processor boots fastest.",
          "  libvirt.driver = 'qemu'",
          "  libvirt.cpu_mode = 'custom'",
          "  libvirt.cpu_model = 'qemu64'",
        ]
      : ["  libvirt.driver = 'kvm'", "  libvirt.cpu_mode = 'host-passthrough'"]),
    "  libvirt.graphics_type = 'none'",
    "end",
  ];
}

/**
 * Renders the machine's interface on the LAN. Vagrant does not configure it (`auto_config`): the guest's own files do,
 * even when the guest is rebooted without Vagrant.
 */
export function networkLine({ provider, bridge }: VagrantPlan, { address, mac }: Machine): string {
  const values =
    provider === "virtualbox"
      ? { bridge, ip: address, mac: mac.replaceAll(":", "").toUpperCase(), auto_config: false }
      : // The plugin ignores `bridge:`; without `dev:` it would put a macvtap on the host's uplink.
        { dev: bridge, mode: "bridge", type: "bridge", ip: address, mac, auto_config: false };
  return `node.vm.network 'public_network', ${rubyArguments(values)}`;
}

/** Renders the settings of one machine, as lines of Ruby. */
export function nodeLines({ provider, labId }: VagrantPlan, { name, memory, cpus }: Machine): readonly string[] {
  const settings = [
    // libvirt's names come from default_prefix.
    ...(provider === "virtualbox" ? [`virtualbox.name = ${ruby(machineId(labId, name))}`] : []),
    ...(memory === undefined ? [] : [`${provider}.memory = ${ruby(memory)}`]),
    ...(cpus === undefined ? [] : [`${provider}.cpus = ${ruby(cpus)}`]),
  ];
  if (settings.length === 0) return [];
  return [`node.vm.provider '${provider}' do |${provider}|`, ...settings.map((line) => `  ${line}`), "end"];
}
