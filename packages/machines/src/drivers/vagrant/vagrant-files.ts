import { hostsFile } from "../../node-files.js";
import { guestScript } from "./guest/guest-script.js";
import { guestScriptPath, vagrantfilePath } from "./places.js";
import { guestNetworkOf, type VagrantPlan } from "./plan.js";
import { renderVagrantfile } from "./vagrantfile.js";

/** A file that k3s-lab writes for Vagrant. */
export interface VagrantFile {
  /** Relative to `.lab/vagrant`. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** Renders all files under `.lab/vagrant`, except those that Vagrant itself keeps there. */
export function vagrantFiles(plan: VagrantPlan): readonly VagrantFile[] {
  // Vagrant itself writes a host's name into /etc/hosts, before its provisioners run.
  const hosts = { ...hostsFile(plan.labId, plan), mode: 0o644 };
  return [
    { path: vagrantfilePath, content: renderVagrantfile(plan), mode: 0o644 },
    ...plan.machines.map(({ name, address, prefixLength, mac }) => ({
      path: guestScriptPath(name),
      content: guestScript({ address, prefixLength, mac, ...guestNetworkOf(plan) }, [hosts]),
      mode: 0o755,
    })),
  ];
}
