import { programsStep } from "@k3s-lab/host";
import { carryOut, runStage } from "@k3s-lab/steps";
import { programsOf } from "./programs.js";

const stage = "host-network";

await runStage(stage, async ({ lab, report, signal }) =>
  carryOut([programsStep(programsOf(lab.config), lab.config.host.install)], { stage, report, signal }),
);
