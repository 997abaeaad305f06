import type { CanaryReport } from "./canary/index.js";
import type { Diagnosis } from "./examine.js";
import type { Severity } from "./rule.js";
import type { Survey } from "./survey/survey.js";
import type { TelepresenceSeen } from "./survey/telepresence-seen.js";

/** What doctor says, as `--json` prints it. */
export interface Report extends Diagnosis {
  readonly lab: { readonly name: string; readonly id: string; readonly state: "present" | "absent" };
  /** Whether there is no finding of severity error. */
  readonly ok: boolean;
  readonly counts: Readonly<Record<Severity, number>>;
  /** The experiment; absent where it was not made, which `unchecked` says, or where there is no lab. */
  readonly canary?: Omit<CanaryReport, "findings">;
  /** What --fix did. */
  readonly fixed: readonly string[];
  /** Connections of Telepresence; empty where it is not installed, or its daemons do not run. */
  readonly telepresence: readonly TelepresenceSeen[];
  readonly milliseconds: number;
}

export interface ReportOptions extends Pick<Report, "fixed" | "milliseconds"> {
  readonly canary?: CanaryReport;
}

export function reportOf(survey: Survey, diagnosis: Diagnosis, { canary, fixed, milliseconds }: ReportOptions): Report {
  const count = (severity: Severity) => diagnosis.findings.filter((finding) => finding.severity === severity).length;
  const counts = { error: count("error"), warning: count("warning"), info: count("info") };
  return {
    lab: {
      name: survey.lab.config.name,
      id: survey.lab.id,
      state: survey.network === undefined ? "absent" : "present",
    },
    ok: counts.error === 0,
    counts,
    ...diagnosis,
    ...(canary === undefined ? {} : { canary: withoutFindings(canary) }),
    fixed,
    telepresence: survey.telepresence ?? [],
    milliseconds: Math.round(milliseconds),
  };
}

/** Its findings are among all others. */
function withoutFindings({
  verdict,
  causes,
  sources,
  target,
  milliseconds,
}: CanaryReport): NonNullable<Report["canary"]> {
  return { verdict, causes, sources, ...(target === undefined ? {} : { target }), milliseconds };
}
