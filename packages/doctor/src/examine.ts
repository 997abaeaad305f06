import type { CanaryReport } from "./canary/index.js";
import type { Finding, Mend, Rule, Severity } from "./rule.js";
import type { Survey } from "./survey/survey.js";

/** A finding, with what its rule says about it. */
export interface Diagnosed extends Finding {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly remedy: string;
  readonly link: string;
  readonly mend?: Mend;
}

/** A rule that applies and could not be checked, or not everywhere. */
export interface Unchecked {
  readonly rule: string;
  readonly title: string;
  readonly why: string;
}

export interface Diagnosis {
  /** The gravest first. */
  readonly findings: readonly Diagnosed[];
  readonly unchecked: readonly Unchecked[];
  /** How many rules were checked. */
  readonly checked: number;
}

const order: readonly Severity[] = ["error", "warning", "info"];

/** Judges a survey by rules. Pure. */
export function examine(survey: Survey, rules: readonly Rule[]): Diagnosis {
  const findings: Diagnosed[] = [];
  const unchecked: Unchecked[] = [];
  let checked = 0;
  for (const rule of rules) {
    const { id, title, severity, remedy, link, mend, reads } = rule;
    const why = reads.map((part) => survey.unseen[part]).find((reason) => reason !== undefined);
    if (why !== undefined) unchecked.push({ rule: id, title, why });
    // What is missing without a reason is not there to be checked: no lab, no Telepresence.
    if (reads.some((part) => survey[part] === undefined)) continue;
    checked++;
    const of = { rule: id, title, severity, remedy, link, ...(mend === undefined ? {} : { mend }) };
    findings.push(...rule.check(survey).map((finding) => ({ ...of, ...finding })));
  }
  return { findings: findings.toSorted(bySeverity), unchecked, checked };
}

/** With what the experiment has shown; or with the reason why it was not made. */
export function withCanary(diagnosis: Diagnosis, canary: Pick<CanaryReport, "findings"> | string): Diagnosis {
  if (typeof canary === "string") {
    const left = { rule: "canary", title: "Requests loop", why: canary };
    return { ...diagnosis, unchecked: [...diagnosis.unchecked, left] };
  }
  return { ...diagnosis, findings: [...canary.findings, ...diagnosis.findings].toSorted(bySeverity) };
}

function bySeverity(a: Diagnosed, b: Diagnosed): number {
  return order.indexOf(a.severity) - order.indexOf(b.severity);
}
