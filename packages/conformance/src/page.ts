import { markdownTable } from "@k3s-lab/testbed";
import type { NodeSeen } from "./cluster.js";
import type { Part } from "./parts.js";
import type { Circumstances } from "./circumstances.js";
import { firstLines } from "./read-report.js";
import { count, type PartResult, type SpecResult } from "./spec-result.js";

/** A part, and what it has come to; or why it was not run. */
export type PartOutcome =
  | { readonly part: Part; readonly result: PartResult }
  | { readonly part: Part; readonly leftOut: string };

export interface Page {
  /** "v1.34.4+modules" */
  readonly k3s: string;
  /** "v1.34.4" */
  readonly suite: string;
  /** What the nodes run on, in words; undefined for a cluster elsewhere. */
  readonly machine: string | undefined;
  readonly nodes: readonly NodeSeen[];
  readonly outcomes: readonly PartOutcome[];
  readonly circumstances: Circumstances;
}

/** Renders docs/conformance.md, or the report of another cluster. */
export function renderPage(page: Page): string {
  const { k3s, suite, machine, nodes, outcomes } = page;
  const results = outcomes.flatMap((outcome) => ("result" in outcome ? [outcome.result] : []));
  const isHere = machine !== undefined;
  const dates = results.map(({ date }) => date).toSorted();
  const sections = [
    `# Conformance`,
    `This page is made by \`npm run test:conformance\`; do not edit it.${isHere ? " [testing.md](testing.md#conformance) tells how." : ""}`,
    `Kubernetes' own tests, ${suite}, against K3s ${k3s}, ${period(dates)}${isHere ? `, all nodes on one machine: ${machine}` : ""}.`,
    markdownTable(["node", "kubelet", "system", "kernel", "runtime"], nodes.map(nodeRow)),
    markdownTable(["part", "specs run", "passed", "failed", "skipped", "minutes"], outcomes.map(partRow)),
    `A skipped spec was started and found that it does not fit the cluster; its reason is the suite's.`,
    ...outcomes.flatMap((outcome) =>
      "leftOut" in outcome ? [`${outcome.part.title} was not run: ${outcome.leftOut}.`] : [],
    ),
    ...outcomes.flatMap(({ part }) =>
      page.circumstances.hasSctp === false && part.sctp !== undefined
        ? [`${part.title} was run without its specs of SCTP, which the nodes' kernel does not have.`]
        : [],
    ),
    ...failuresIn(results),
    ...listed(
      "## Passed when run again",
      results,
      (spec) => spec.state === "passed" && (spec.attempts ?? 1) > 1,
      ({ name, attempts }) => `${name}: at attempt ${attempts}`,
    ),
    ...skippedIn(results),
  ];
  return `${sections.join("\n\n")}\n`;
}

function period(dates: readonly string[]): string {
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined) return "not run";
  return first === last ? `on ${first}` : `from ${first} to ${last}`;
}

function nodeRow({ name, kubelet, system, kernel, runtime }: NodeSeen): readonly string[] {
  return [name, kubelet, system, kernel, runtime];
}

function partRow(outcome: PartOutcome): readonly string[] {
  if ("leftOut" in outcome) return [outcome.part.title, "not run", "", "", "", ""];
  const { specs, seconds } = outcome.result;
  const [passed, failed] = [count(specs, "passed"), count(specs, "failed")];
  const numbers = [passed + failed, passed, failed, count(specs, "skipped"), Math.round(seconds / 60)];
  return [outcome.part.title, ...numbers.map(String)];
}

function failuresIn(results: readonly PartResult[]): readonly string[] {
  const failures = listed(
    "## Failures",
    results,
    ({ state }) => state === "failed",
    ({ name, message = "" }) => `${name}: ${firstLines(message)}`,
  );
  return failures.length > 0 ? failures : ["## Failures", "None."];
}

function listed(
  title: string,
  results: readonly PartResult[],
  wanted: (spec: SpecResult) => boolean,
  line: (spec: SpecResult) => string,
): readonly string[] {
  const lines = results.flatMap(({ specs }) => specs.filter(wanted).map((spec) => `- ${inText(line(spec))}`));
  return lines.length === 0 ? [] : [title, lines.toSorted().join("\n")];
}

/** Counts the skipped specs by the suite's reason, which many of them share. */
function skippedIn(results: readonly PartResult[]): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { message = "" } of results.flatMap(({ specs }) => specs.filter(({ state }) => state === "skipped"))) {
    reasons.set(message, (reasons.get(message) ?? 0) + 1);
  }
  if (reasons.size === 0) return [];
  const rows = [...reasons].toSorted(([a, many], [b, few]) => few - many || (a < b ? -1 : 1));
  return [
    "## Skipped",
    markdownTable(
      ["specs", "reason"],
      rows.map(([reason, specs]) => [String(specs), inText(reason)]),
    ),
  ];
}

/** A text as Markdown shows it, on one line and in one cell. */
function inText(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_|<>[\]]/g, String.raw`\$&`);
}
