import { type Step, step } from "@k3s-lab/steps";
import { addBox, hasBox } from "../drivers/vagrant/box.js";
import type { VirtualHardware } from "../machine.js";

/** What virtual machines are made of. */
export function boxStep(hardware: Pick<VirtualHardware, "box" | "provider">): Step {
  return step<boolean>({
    id: "add-box",
    title: "Add box",
    observe: () => hasBox(hardware),
    plan: (isThere) =>
      isThere
        ? []
        : [
            {
              on: "host",
              kind: "make",
              sentence: `host: download the box ${hardware.box} for ${hardware.provider} (once)`,
              run: (context) => addBox(hardware, context),
            },
          ],
  });
}
