import type { Attempt } from "./connect.js";
import type { Count } from "./counts.js";
import { canaryLink, controlPort } from "./names.js";

export type Verdict = "safe" | "loops" | "unproven";

/** The place that an attempt comes from: a node, or a pod on it. */
export interface SourceName {
  /** The name of the node. */
  readonly name: string;
  readonly kind: "node" | "pod";
}

export interface SourceReport extends SourceName, Attempt {
  /** Packets that the host forwarded towards a VIF: the host is a router for this source. */
  readonly forward: number;
  /** Packets that a program of the host sent towards a VIF: user-mode NAT. */
  readonly output: number;
  /** Every link of the host by which packets of this source left, or would have left. */
  readonly links: readonly string[];
  readonly verdict: Verdict | "not tried";
}

/** A reason why requests loop. */
export type Cause =
  /** The host forwards what nodes send into its VIFs. */
  | "forwarded"
  /** A program of the host, such as a hypervisor's NAT, sends it into its VIFs. */
  | "user-mode NAT"
  /** What a node itself sends leaves it, though what its pods send is stopped. */
  | "forward-only guard";

export interface Judgement {
  readonly verdict: Verdict;
  readonly causes: readonly Cause[];
  readonly sources: readonly SourceReport[];
  /** Whether the canary counted and refused what the host itself sent into it at the end. */
  readonly control: boolean;
}

export interface Evidence {
  /** In the order of the ports. */
  readonly attempts: readonly (SourceName & Attempt)[];
  readonly control: Attempt;
  readonly counts: readonly Count[];
  readonly vifs: readonly string[];
}

/**
 * Judges by counters alone: through a VIF a connect succeeds before the cluster was dialled at all. What was counted is
 * a loop; where nothing was counted, that is safe only if the attempt was made, no program answered it, and the canary
 * still counted after it.
 */
export function judge({ attempts, control, counts, vifs }: Evidence): Judgement {
  const into = new Set([canaryLink, ...vifs]);
  const packets = (hook: Count["hook"], port: number) =>
    counts
      .filter((count) => count.hook === hook && count.port === port && into.has(count.link))
      .reduce((sum, count) => sum + count.packets, 0);
  const works = control.outcome === "refused" && packets("output", controlPort) > 0;
  const sources = attempts.map((attempt, index): SourceReport => {
    const port = portOf(index);
    const [forward, output] = [packets("forward", port), packets("output", port)];
    const links = [...new Set(counts.filter((count) => count.port === port).map(({ link }) => link))];
    return { ...attempt, forward, output, links, verdict: verdictOf(attempt, forward + output, works) };
  });
  return { verdict: verdictOfAll(sources), causes: causesOf(sources), sources, control: works };
}

/** Returns the port of the source at this place in the list. */
export function portOf(index: number): number {
  return controlPort + 1 + index;
}

function verdictOf({ outcome }: Attempt, counted: number, works: boolean): SourceReport["verdict"] {
  if (counted > 0) return "loops";
  if (outcome === "absent") return "not tried";
  return works && outcome !== "open" && outcome !== "failed" ? "safe" : "unproven";
}

/** A node without pods raises no doubt, but one source of each kind must have been tried. */
function verdictOfAll(sources: readonly SourceReport[]): Verdict {
  const verdicts = sources.map(({ verdict }) => verdict);
  if (verdicts.includes("loops")) return "loops";
  const kinds = new Set(sources.map(({ kind }) => kind));
  const isTried = [...kinds].every((kind) => sources.some((each) => each.kind === kind && each.verdict === "safe"));
  return kinds.size === 0 || !isTried || verdicts.includes("unproven") ? "unproven" : "safe";
}

/** Tells whether a source is a node whose pods are guarded: where it loops itself, its guard covers them alone. */
export function isHalfGuarded({ name, kind }: SourceName, sources: readonly SourceReport[]): boolean {
  return (
    kind === "node" && sources.some((each) => each.name === name && each.kind === "pod" && each.verdict === "safe")
  );
}

function causesOf(sources: readonly SourceReport[]): readonly Cause[] {
  const loops = sources.filter(({ verdict }) => verdict === "loops");
  const causes: readonly (readonly [Cause, boolean])[] = [
    ["forwarded", loops.some(({ forward }) => forward > 0)],
    ["user-mode NAT", loops.some(({ output }) => output > 0)],
    ["forward-only guard", loops.some((source) => isHalfGuarded(source, sources))],
  ];
  return causes.filter(([, holds]) => holds).map(([cause]) => cause);
}
