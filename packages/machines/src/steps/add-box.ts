import { type Step, step } from "@k3s-lab/steps";
import { addBox, hasBox } from "../drivers/vagrant/box.js";
import type { VirtualHardware } from "../machine.js";

/** `isNeeded` is false where every machine is made already: Vagrant itself takes seconds to tell what boxes it has. */
export function boxStep(
  hardware: Pick<VirtualHardware, "box" | "provider">,
  isNeeded: () => boolean = () => true,
): Step {
  return step<boolean>({
    id: "add-box",
    title: "Add box",
    observe: async () => !isNeeded() || (await hasBox(hardware)),
    plan: (isThere) =>
      isThere
        ? []
        : [
            {
              sentence: `host: download the box ${hardware.box} for ${hardware.provider} (once)`,
              run: (context) => addBox(hardware, context),
            },
          ],
  });
}
