import type { SpecResult, SpecState } from "./spec-result.js";

/** The part of ginkgo's JSON report that is read. */
interface Report {
  readonly SpecialSuiteFailureReasons?: readonly string[] | null;
  readonly SpecReports?: readonly SpecReport[] | null;
}

interface SpecReport {
  readonly ContainerHierarchyTexts?: readonly string[] | null;
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly State: string;
  /** Nanoseconds. */
  readonly RunTime: number;
  readonly Failure?: { readonly Message?: string; readonly Location?: { readonly FileName?: string } };
}

export interface ReadReport {
  readonly specs: readonly SpecResult[];
  /** Why the suite as a whole says little about the specs: it could not be set up, or was interrupted. */
  readonly fault?: string;
}

const states: Readonly<Record<string, SpecState>> = {
  passed: "passed",
  failed: "failed",
  panicked: "failed",
  timedout: "failed",
};

/** Reads ginkgo's report. Specs that the filters have left out are in it too: they are skipped without a message. */
export function readReport(json: string): ReadReport {
  const reports = JSON.parse(json) as readonly Report[];
  const all = reports.flatMap(({ SpecReports }) => SpecReports ?? []);
  const specs = all.filter(({ LeafNodeType }) => LeafNodeType === "It");
  const setUp = all.find(({ LeafNodeType, State }) => LeafNodeType !== "It" && State !== "passed");
  const cut = specs.find(({ State }) => State === "interrupted" || State === "aborted");
  const [reason] = reports.flatMap(({ SpecialSuiteFailureReasons }) => SpecialSuiteFailureReasons ?? []);
  const fault =
    setUp !== undefined
      ? `${setUp.LeafNodeType}: ${firstLines(setUp.Failure?.Message ?? setUp.State)}`
      : cut !== undefined
        ? (reason ?? `was interrupted in ${nameOf(cut)}`)
        : undefined;
  return { specs: specs.flatMap(resultOf), ...(fault !== undefined && { fault }) };
}

function resultOf(spec: SpecReport): readonly SpecResult[] {
  const message = spec.Failure?.Message;
  const wasSkipped = spec.State === "skipped" && message !== undefined && message !== "";
  const state = wasSkipped ? "skipped" : states[spec.State];
  if (state === undefined) return [];
  const result = { name: nameOf(spec), state, seconds: Math.round(spec.RunTime / 1e9) };
  return [message === undefined || message === "" ? result : { ...result, message: message.trim() }];
}

/** The texts of a spec and of all that it is in, as the suite's progress has them. */
function nameOf({ ContainerHierarchyTexts, LeafNodeText }: SpecReport): string {
  return [...(ContainerHierarchyTexts ?? []), LeafNodeText].filter((text) => text !== "").join(" ");
}

/** Returns the beginning of a message, on one line. */
export function firstLines(message: string, length = 300): string {
  const line = message.trim().replaceAll(/\s+/g, " ");
  return line.length <= length ? line : `${line.slice(0, length).trimEnd()} ...`;
}
