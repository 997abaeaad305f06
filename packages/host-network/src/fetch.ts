import { carryOut, runStage } from "@k3s-lab/steps";
import { programsStep } from "./steps/prepare-host.js";

const stage = "host-network";

await runStage(stage, async ({ lab, report, signal }) =>
  carryOut([programsStep(lab.config)], { stage, report, signal }),
);
