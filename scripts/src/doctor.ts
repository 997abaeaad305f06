#!/usr/bin/env node
import {
  type CanaryReport,
  type Diagnosis,
  examine,
  type Mending,
  mendings,
  proveNoLoop,
  renderReport,
  reportOf,
  rules,
  type Survey,
  surveyLab,
  withCanary,
} from "@k3s-lab/doctor";
import { type Lab, openLab, takeLock } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { requireRoot } from "@k3s-lab/machines";
import { carryOut, Facts, openReport, reportKind, sentencesOf } from "@k3s-lab/steps";
import { command } from "./command.js";

interface Look {
  readonly survey: Survey;
  readonly diagnosis: Diagnosis;
  readonly canary?: CanaryReport;
}

await command(
  {
    name: "npm run doctor",
    does: "Finds what would make the lab loop or fail. Ends with 1 where there is an error; --fix mends what is safe to mend.",
    options: { json: { type: "boolean" }, fix: { type: "boolean" }, "no-probe": { type: "boolean" } },
  },
  async ({ file, flag, signal }) => {
    const lab = await openLab(file);
    const started = performance.now();
    const probes = !flag("no-probe");
    const look = async (): Promise<Look> => {
      // The canary has a link and a route of its own, which no rule should see.
      const survey = await surveyLab(lab, { signal, probes });
      const diagnosis = examine(survey, rules);
      if (survey.cluster === undefined && survey.unseen.cluster === undefined) return { survey, diagnosis };
      if (!probes) return { survey, diagnosis: withCanary(diagnosis, "--no-probe leaves the experiment out") };
      const canary = await proveNoLoop(lab, signal);
      return { survey, diagnosis: withCanary(diagnosis, canary), canary };
    };
    let seen = await look();
    let fixed: readonly string[] = [];
    if (flag("fix")) {
      requireRoot("doctor -- --fix");
      fixed = await mend(lab, seen, signal);
      if (fixed.length > 0) seen = await look();
    }
    const { survey, diagnosis, canary } = seen;
    const milliseconds = performance.now() - started;
    const report = reportOf(survey, diagnosis, { fixed, milliseconds, ...(canary === undefined ? {} : { canary }) });
    const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
    console.log(flag("json") ? JSON.stringify(report, undefined, 2) : renderReport(report, { colour }));
    return report.ok ? exitCode.done : exitCode.failed;
  },
);

/** Says all that it will do, does it, and resolves with it. People read that on standard error. */
async function mend(lab: Lab, { survey, diagnosis }: Look, signal: AbortSignal): Promise<readonly string[]> {
  using _lock = takeLock(lab.state.path("lock"), "doctor --fix");
  const plans: (Mending & { readonly sentences: readonly string[] })[] = [];
  for (const mending of mendings(lab, survey, diagnosis.findings)) {
    plans.push({ ...mending, sentences: await sentencesOf(mending.steps, new Facts(signal)) });
  }
  const sentences = plans.flatMap((plan) => plan.sentences);
  if (sentences.length === 0) return [];
  console.error(["To be done:", ...sentences.map((sentence) => `  ${sentence}`)].join("\n"));
  const report = openReport(reportKind());
  for (const { stage, steps } of mendings(lab, survey, diagnosis.findings)) {
    await carryOut(steps, { stage, report, facts: new Facts(signal) });
  }
  return sentences;
}
