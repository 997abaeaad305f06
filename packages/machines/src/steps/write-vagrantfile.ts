import { type Step, step } from "@k3s-lab/steps";
import type { VagrantDriver } from "../drivers/vagrant/driver.js";
import { readIn, writeIn } from "../drivers/vagrant/folder.js";
import { type VagrantFile, vagrantFiles } from "../drivers/vagrant/vagrant-files.js";

/** The Vagrantfile and the guests' files, which a person may use by hand. */
export function writeVagrantfileStep({ folder, plan }: Pick<VagrantDriver, "folder" | "plan">): Step {
  return step<readonly VagrantFile[]>({
    id: "write-vagrantfile",
    title: "Write Vagrantfile",
    observe: async () => vagrantFiles(await plan()).filter(({ path, content }) => readIn(folder, path) !== content),
    plan: (stale) =>
      stale.length === 0
        ? []
        : [
            {
              on: "host",
              kind: "change",
              sentence: `host: write ${stale.map(({ path }) => path).join(", ")} in ${folder.dir}`,
              run: async () => {
                for (const { path, content, mode } of stale) writeIn(folder, path, content, mode);
              },
            },
          ],
  });
}
