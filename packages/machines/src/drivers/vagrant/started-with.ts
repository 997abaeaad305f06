import type { Machines } from "../../machine.js";

/** What a machine is given when it is started, as text; a change of it needs another start. */
export function startedWith({ vagrant, lan }: Pick<Machines, "vagrant" | "lan">): string {
  const { cpus, memory } = vagrant ?? { cpus: 0, memory: 0 };
  // libvirt's plugin plugs a machine in when it makes it, and never again: a change is refused (decide-machines.ts).
  return `cpus ${cpus}\nmemory ${memory}\n${lan.kind === "virtualbox" ? `bridge ${lan.interface}\n` : ""}`;
}
