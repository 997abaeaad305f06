import type { Problem } from "@k3s-lab/problem";
import type { SourceReport } from "./judge.js";
import type { CanaryRun } from "./run-canary.js";

/** What a run means for a person, in the shape of doctor's other findings. */
export interface CanaryFinding {
  readonly rule: string;
  readonly title: string;
  readonly severity: "error" | "warning" | "info";
  readonly subject: string;
  readonly expected: string;
  readonly seen: string;
  readonly remedy: string;
  readonly link: string;
  /** What `doctor --fix` runs again. */
  readonly mend?: "guards";
}

const link = "packages/doctor/README.md#the-canary";
const fix = { remedy: "Run `npm run doctor -- --fix`, which guards the node again.", link, mend: "guards" } as const;
const again = { remedy: "Run `npm run doctor` again when that is mended.", link } as const;

const forwarded = { rule: "C1", title: "The host forwards requests into its VIFs", severity: "error", ...fix } as const;
const userNat = {
  rule: "C2",
  title: "A program of the host takes requests into its VIFs",
  severity: "error",
  ...fix,
} as const;
const halfGuarded = { rule: "C3", title: "The node is guarded for its pods alone", severity: "error", ...fix } as const;
const unproven = {
  rule: "C4",
  title: "It is not proven that no request loops",
  severity: "warning",
  ...again,
} as const;
const untried = { rule: "C5", title: "Not tried from here", severity: "info", ...again } as const;

/** What the experiment can find: docs/doctor.md lists it. */
export const canaryRules = [forwarded, userNat, halfGuarded, unproven, untried];

const expected = "nothing for a service that nobody serves reaches the host's VIFs";

export function canaryFindings(run: CanaryRun): readonly CanaryFinding[] {
  const broken = { subject: "host", expected: "it counts and refuses what the host itself sends", seen: "it did not" };
  return [
    ...(run.control ? [] : [{ ...unproven, ...broken, expected: `the canary: ${broken.expected}` }]),
    ...run.sources.flatMap((source) => findingsOf(source, run)),
  ];
}

/** What kept the experiment from being made. */
export function notMade({ subject, what, remedy }: Problem): CanaryFinding {
  return { ...unproven, subject, expected: "the experiment is made", seen: what, ...(remedy && { remedy }) };
}

function findingsOf(source: SourceReport, { sources, target, control }: CanaryRun): readonly CanaryFinding[] {
  const { kind, name, forward, output, outcome, why = outcome, verdict } = source;
  const subject = kind === "pod" ? `pods of ${name}` : name;
  if (verdict === "not tried") return [{ ...untried, subject, expected: `a connection to ${target}`, seen: why }];
  if (verdict === "unproven") {
    // Said once, of the host.
    if (!control && outcome !== "open" && outcome !== "failed") return [];
    const seen = outcome === "open" ? `somebody answered at ${target}, which nobody has` : why;
    return [{ ...unproven, subject, expected: `a connection to ${target} that fails`, seen }];
  }
  const isHalf =
    kind === "node" && sources.some((each) => each.name === name && each.kind === "pod" && each.verdict === "safe");
  const packets = (count: number, how: string) => `${count} ${count === 1 ? "packet" : "packets"} ${how}`;
  return [
    ...(forward > 0 ? [{ ...forwarded, subject, expected, seen: packets(forward, "forwarded") }] : []),
    ...(output > 0 ? [{ ...userNat, subject, expected, seen: packets(output, "sent by a program of the host") }] : []),
    ...(verdict === "loops" && isHalf
      ? [{ ...halfGuarded, subject, expected: "a guard in the output hook, too", seen: "one on what is forwarded" }]
      : []),
  ];
}
