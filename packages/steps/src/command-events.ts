import type { Report } from "./report.js";

/** A program that is started, as the package that starts it tells of it. */
interface Command {
  readonly line: string;
  readonly attended: boolean;
}

/** Reports the programs that a stage starts: what observes them is given these functions. */
export function commandEvents(report: Report, stage: string) {
  const about = ({ line, attended }: Command) => ({ stage, command: line, ...(attended && { attended }) });
  return {
    started: (command: Command) => report({ event: "command-started", ...about(command) }),
    ended: (command: Command, outcome: { readonly exitCode: number | undefined; readonly ms: number }) =>
      report({ event: "command-ended", ...about(command), ...outcome }),
  };
}
