import { rmSync } from "node:fs";
import { join } from "node:path";
import { destroyCommand } from "./commands.js";
import { isMade, readIn, type VagrantFolder } from "./folder.js";
import { machinesOf, removeMachine } from "./hypervisor.js";
import { sshConfigPath, startedWithPath, vagrantfilePath, vagrantMachinesDir } from "./places.js";
import { ruby } from "./ruby.js";
import { runVagrant } from "./run-vagrant.js";
import type { Ssh } from "./ssh.js";

/** Removes a machine: through Vagrant if Vagrant knows it, then through the hypervisor whatever is still left. */
export async function destroyMachine(folder: VagrantFolder, ssh: Pick<Ssh, "close">, name: string): Promise<void> {
  await ssh.close(name);
  if (isMade(folder, name) && names(readIn(folder, vagrantfilePath), name)) {
    await runVagrant(folder, destroyCommand(name), name);
  }
  if ((await machinesOf(folder.labId, folder.provider)).includes(name)) {
    await removeMachine(folder.labId, folder.provider, name);
  }
  for (const path of [`${vagrantMachinesDir}/${name}`, sshConfigPath(name), startedWithPath(name)]) {
    rmSync(join(folder.dir, path), { recursive: true, force: true });
  }
}

function names(vagrantfile: string | undefined, name: string): boolean {
  return vagrantfile?.includes(`config.vm.define ${ruby(name)}`) === true;
}
