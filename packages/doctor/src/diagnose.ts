import { clusterRecord } from "@k3s-lab/cluster";
import type { Lab } from "@k3s-lab/lab";
import type { Stage } from "@k3s-lab/stages";
import { type CanaryReport, proveNoLoop } from "./canary/index.js";
import { type Diagnosis, examine, withCanary } from "./examine.js";
import { rules } from "./rules/index.js";
import type { Survey } from "./survey/survey.js";
import { missingStages, surveyLab, type SurveyOptions } from "./survey/survey-lab.js";

export interface Look {
  readonly survey: Survey;
  readonly diagnosis: Diagnosis;
  /** Absent where the experiment was not made. */
  readonly canary?: CanaryReport;
}

/** Surveys a lab, judges it by all rules, and makes the experiment where there is a lab to make it with. */
export async function diagnose(chain: readonly Stage[], lab: Lab, options: SurveyOptions): Promise<Look> {
  // Before the experiment: the canary has a link and a route of its own, which no rule should see.
  const survey = await surveyLab(chain, lab, options);
  const diagnosis = examine(survey, rules);
  const [missing] = missingStages(chain);
  if (missing !== undefined) return { survey, diagnosis: withCanary(diagnosis, `no stage ${missing}`) };
  if (lab.state.read(clusterRecord) === undefined) return { survey, diagnosis };
  if (!options.probes) return { survey, diagnosis: withCanary(diagnosis, "--no-probe leaves the experiment out") };
  const canary = await proveNoLoop(lab, options.signal);
  return { survey, diagnosis: withCanary(diagnosis, canary), canary };
}
