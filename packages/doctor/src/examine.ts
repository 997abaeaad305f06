import type { Diagnosed, Rule, Severity } from "./rule.js";
import type { Survey } from "./survey/survey.js";

/** A rule that applies but could not be checked, or not everywhere. */
export interface Unchecked {
  readonly rule: string;
  readonly title: string;
  readonly why: string;
}

export interface Diagnosis {
  /** The most severe first. */
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
    const why = rule.reads.map((part) => survey.unseen[part]).find((reason) => reason !== undefined);
    if (why !== undefined) unchecked.push({ rule: rule.id, title: rule.title, why });
    // A part that is missing without a reason does not exist: there is no lab, or no Telepresence.
    if (rule.reads.some((part) => survey[part] === undefined)) continue;
    checked++;
    findings.push(...rule.check(survey).map((finding) => ({ rule, ...finding })));
  }
  return { findings: findings.toSorted(bySeverity), unchecked, checked };
}

/** Adds what the experiment has found, or the reason why it was not made. */
export function withCanary(
  diagnosis: Diagnosis,
  canary: { readonly findings: readonly Diagnosed[] } | string,
): Diagnosis {
  if (typeof canary === "string") {
    const left = { rule: "canary", title: "Requests loop", why: canary };
    return { ...diagnosis, unchecked: [...diagnosis.unchecked, left] };
  }
  return { ...diagnosis, findings: [...canary.findings, ...diagnosis.findings].toSorted(bySeverity) };
}

function bySeverity(a: Diagnosed, b: Diagnosed): number {
  return order.indexOf(a.rule.severity) - order.indexOf(b.rule.severity);
}
