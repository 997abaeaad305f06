/** A spec as ginkgo's JSON report has it. */
export interface ReportedSpec {
  readonly name: readonly string[];
  readonly state: string;
  readonly message?: string;
  readonly type?: string;
}

/** Renders a report as ginkgo does. */
export function reportOf(specs: readonly ReportedSpec[], reasons: readonly string[] = []): string {
  const SpecReports = specs.map(({ name, state, message, type = "It" }) => ({
    ContainerHierarchyTexts: name.length > 1 ? name.slice(0, -1) : null,
    LeafNodeType: type,
    LeafNodeText: name.at(-1) ?? "",
    State: state,
    RunTime: 2_400_000_000,
    ...(message !== undefined && { Failure: { Message: message } }),
  }));
  return JSON.stringify([{ SuiteSucceeded: false, SpecialSuiteFailureReasons: reasons, SpecReports }]);
}
