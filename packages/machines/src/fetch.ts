import { existsSync } from "node:fs";
import { programsStep } from "@k3s-lab/host";
import { carryOut, runStage } from "@k3s-lab/steps";
import { buildPrograms, programs } from "./host-needs.js";
import { rootfsPath } from "./rootfs/path.js";
import { rootfsStep } from "./steps/build-rootfs.js";

const stage = "machines";

await runStage(stage, async ({ lab, report, signal }) => {
  const needed = existsSync(rootfsPath()) ? programs : [...programs, ...buildPrograms];
  const steps = [programsStep(needed, lab.config.host.install), rootfsStep()];
  return carryOut(steps, { stage, report, signal });
});
