import type { Problem } from "@k3s-lab/problem";
import type { Diagnosed, RuleData } from "../rule.js";
import { remedies } from "../rules/facts.js";
import { isHalfGuarded, type SourceReport } from "./judge.js";
import type { CanaryRun } from "./run-canary.js";

const link = "packages/doctor/README.md#the-canary";
const loop = { severity: "error", remedy: remedies.guardNode, link, repair: "cluster" } as const;
const doubt = { remedy: "Remove the cause, then run `npm run doctor` again.", link } as const;

const forwarded: RuleData = { ...loop, id: "C1", title: "The host forwards requests into its VIFs" };
const userNat: RuleData = { ...loop, id: "C2", title: "A program of the host carries requests into its VIFs" };
const halfGuarded: RuleData = { ...loop, id: "C3", title: "The node is guarded for its pods only" };
const unproven: RuleData = {
  ...doubt,
  id: "C4",
  title: "It is not proven that no request loops",
  severity: "warning",
};
const untried: RuleData = { ...doubt, id: "C5", title: "No request was tried from here", severity: "info" };

/** What the experiment can find: docs/doctor.md lists it. @internal */
export const canaryRules = [forwarded, userNat, halfGuarded, unproven, untried];

const expected = "no request to an unused service address reaches the host's VIFs";

/** Returns what a run means, in the shape of doctor's other findings. */
export function canaryFindings(run: CanaryRun): readonly Diagnosed[] {
  return [
    ...(run.control
      ? []
      : [
          {
            rule: unproven,
            subject: "host",
            expected: "the canary counts and refuses what the host itself sends",
            seen: "it did not count or did not refuse",
          },
        ]),
    ...run.sources.flatMap((source) => findingsOf(source, run)),
  ];
}

/** Returns what kept the experiment from being made. */
export function notMade({ subject, what, remedy }: Problem): Diagnosed {
  return { rule: unproven, subject, expected: "the experiment is made", seen: what, remedy };
}

function findingsOf(source: SourceReport, { sources, target, control }: CanaryRun): readonly Diagnosed[] {
  const { kind, name, forward, output, outcome, why = outcome, verdict } = source;
  const subject = kind === "pod" ? `pods of ${name}` : name;
  if (verdict === "not tried") return [{ rule: untried, subject, expected: `a connection to ${target}`, seen: why }];
  if (verdict === "unproven") {
    // A canary that failed is reported once, for the host.
    if (!control && outcome !== "open" && outcome !== "failed") return [];
    const seen = outcome === "open" ? `a program answers at ${target}, which no service has` : why;
    return [{ rule: unproven, subject, expected: `a connection to ${target} that fails`, seen }];
  }
  const packets = (count: number, how: string) => `${count} ${count === 1 ? "packet" : "packets"} ${how}`;
  return [
    ...(forward > 0 ? [{ rule: forwarded, subject, expected, seen: packets(forward, "forwarded") }] : []),
    ...(output > 0
      ? [{ rule: userNat, subject, expected, seen: packets(output, "sent by a program of the host") }]
      : []),
    ...(verdict === "loops" && isHalfGuarded(source, sources)
      ? [
          {
            rule: halfGuarded,
            subject,
            expected: "a guard in the output hook, too",
            seen: "a guard only on what is forwarded",
          },
        ]
      : []),
  ];
}
