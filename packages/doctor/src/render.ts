import type { Unchecked } from "./examine.js";
import type { Report, ReportedFinding } from "./report.js";
import { listed } from "./rules/facts.js";
import type { TelepresenceSeen } from "./survey/telepresence-seen.js";

const colours = { error: 31, warning: 33, info: 36, ok: 32, dim: 2 } as const;
type Paint = (name: keyof typeof colours, text: string) => string;

/** Renders a report for a person: the most severe finding first, each with what to do. Colours are for a terminal only. */
export function renderReport(report: Report, { colour }: { readonly colour: boolean }): string {
  const paint: Paint = (name, text) => (colour ? `\u001B[${colours[name]}m${text}\u001B[0m` : text);
  return [
    ...together(report.findings).flatMap((finding) => [...findingLines(finding, paint), ""]),
    ...uncheckedLines(report.unchecked, paint),
    ...report.telepresence.map(telepresenceLine),
    ...(report.canary === undefined ? [] : [canaryLine(report.canary, paint)]),
    summary(report, paint),
  ].join("\n");
}

/** What is found on several nodes in the same words is shown once, with all their names. */
function together(findings: readonly ReportedFinding[]): readonly ReportedFinding[] {
  const found = new Map<string, ReportedFinding>();
  for (const finding of findings) {
    const { subject, ...words } = finding;
    const key = JSON.stringify(words);
    const before = found.get(key);
    found.set(key, before === undefined ? finding : { ...before, subject: `${before.subject}, ${subject}` });
  }
  return [...found.values()];
}

function findingLines(finding: ReportedFinding, paint: Paint): readonly string[] {
  const { rule, title, severity, subject, expected, seen, planned = [], remedy, link } = finding;
  const line = (name: string, text: string) => `  ${paint("dim", name.padEnd(9))} ${text}`;
  return [
    `${paint(severity, `${severity} ${rule}`)} ${subject}: ${title}`,
    line("expected", expected),
    line("seen", seen),
    ...planned.map((sentence) => line("", sentence)),
    line("do", remedy),
    line("see", link),
  ];
}

/** Rules that were left out for the same reason share a line. */
function uncheckedLines(unchecked: readonly Unchecked[], paint: Paint): readonly string[] {
  const whys = [...new Set(unchecked.map(({ why }) => why))];
  const lines = whys.map((why) => {
    const ids = unchecked.filter((each) => each.why === why).map(({ rule }) => rule);
    return `${paint("warning", "not checked")} ${ids.join(", ")}: ${why}`;
  });
  return lines.length === 0 ? [] : [...lines, ""];
}

function telepresenceLine({ version = "", status = "", context, connected, subnets, alsoProxy }: TelepresenceSeen) {
  const maps = [...new Set([...subnets, ...alsoProxy])].join(", ");
  const what = connected ? `connected to ${context ?? "a cluster"}, maps ${maps || "nothing"}` : status;
  return `Telepresence ${version}: ${what}`;
}

function canaryLine({ verdict, sources, milliseconds }: NonNullable<Report["canary"]>, paint: Paint): string {
  const time = `${(milliseconds / 1000).toFixed(1)} s`;
  if (verdict === "loops") return `${paint("error", "Requests loop")}, as an experiment has shown (${time}).`;
  if (verdict === "unproven") return `${paint("warning", "Not proven")} by experiment that no request loops.`;
  const tried = sources.filter((source) => source.verdict === "safe");
  const from = tried.map(({ kind, name }) => (kind === "pod" ? `a pod of ${name}` : name)).join(", ");
  return `${paint("ok", "No request loops")}, as an experiment has shown (from ${from}; ${time}).`;
}

function summary({ lab, counts, checked, unchecked, milliseconds, ok }: Report, paint: Paint): string {
  const found = (["error", "warning", "info"] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => counted(counts[severity], severity === "info" ? "note" : severity));
  const verdict = paint(ok ? (counts.warning > 0 ? "warning" : "ok") : "error", listed(found, "nothing wrong"));
  const what = lab.state === "present" ? `Lab ${lab.name}` : `No lab yet (${lab.name}), the host alone`;
  const left = unchecked.length === 0 ? "" : `, ${unchecked.length} not checked`;
  return `${what}: ${verdict}; ${counted(checked, "rule")} checked${left} in ${(milliseconds / 1000).toFixed(1)} s.`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
