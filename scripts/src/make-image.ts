#!/usr/bin/env node
// Makes the image of a lab of Docker's before anything else, for a host that lacks programs which the image has. Argument: the
// path of lab.yaml. Started by become-root.ts.
import { interruption, tellUncaught } from "@k3s-lab/exec";
import { openLab, useHostSettings } from "@k3s-lab/lab";
import { imageStep } from "@k3s-lab/machines";
import { failureOf } from "@k3s-lab/problem";
import { carryOutStage, Facts, openReport, reportKind } from "@k3s-lab/steps";

tellUncaught();
try {
  const lab = await openLab(process.argv[2] ?? "");
  await useHostSettings(lab);
  const { image } = lab.config.machines.docker;
  const steps = [imageStep(image, lab.config.host.install)];
  const reporter = await openReport(reportKind());
  const { report } = reporter;
  await carryOutStage(steps, { stage: "machines", report, facts: new Facts(interruption()) }).finally(reporter.end);
} catch (error) {
  const failure = failureOf(error);
  process.exitCode = failure.exitCode;
  console.error(failure.message);
}
