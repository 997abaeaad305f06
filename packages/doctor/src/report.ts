import type { CanaryReport } from "./canary/index.js";
import type { Diagnosis } from "./examine.js";
import type { Finding, RuleData, Severity } from "./rule.js";
import type { Survey } from "./survey/survey.js";
import type { TelepresenceSeen } from "./survey/telepresence-seen.js";

/** A finding with its rule's data; `rule` is the rule's id. */
export interface ReportedFinding extends Omit<RuleData, "id">, Omit<Finding, "remedy"> {
  readonly rule: string;
}

/** The result of doctor, as `--json` prints it. */
export interface Report extends Omit<Diagnosis, "findings"> {
  readonly lab: { readonly name: string; readonly id: string; readonly state: "present" | "absent" };
  /** Whether there is no finding of severity error. */
  readonly ok: boolean;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly findings: readonly ReportedFinding[];
  /** The experiment; absent where there is no lab, or where it was not made, which `unchecked` tells. */
  readonly canary?: Omit<CanaryReport, "findings"> | undefined;
  /** What --fix did. */
  readonly fixed: readonly string[];
  /** Connections of Telepresence; empty where it is not installed, or its daemons do not run. */
  readonly telepresence: readonly TelepresenceSeen[];
  readonly milliseconds: number;
}

export interface ReportOptions extends Pick<Report, "fixed" | "milliseconds"> {
  readonly canary?: CanaryReport | undefined;
}

export function reportOf(survey: Survey, diagnosis: Diagnosis, { canary, fixed, milliseconds }: ReportOptions): Report {
  const { findings, unchecked, checked } = diagnosis;
  const count = (severity: Severity) => findings.filter(({ rule }) => rule.severity === severity).length;
  const counts = { error: count("error"), warning: count("warning"), info: count("info") };
  return {
    lab: {
      name: survey.lab.config.name,
      id: survey.lab.id,
      state: survey.network === undefined ? "absent" : "present",
    },
    ok: counts.error === 0,
    counts,
    findings: findings.map(({ rule: { id, title, severity, remedy, link, repair }, ...finding }) => ({
      rule: id,
      title,
      severity,
      ...finding,
      remedy: finding.remedy ?? remedy,
      link,
      ...(repair && { repair }),
    })),
    unchecked,
    checked,
    ...(canary && { canary: canaryOf(canary) }),
    fixed,
    telepresence: survey.telepresence ?? [],
    milliseconds: Math.round(milliseconds),
  };
}

/** Its findings are among the report's own. */
function canaryOf({ verdict, causes, sources, target, milliseconds }: CanaryReport): Report["canary"] {
  return { verdict, causes, sources, target, milliseconds };
}
