import type { Driver, Machine } from "@k3s-lab/machines";
import { managerOf, serviceOf } from "./config/service.js";

/** Which part of a node's log is meant. */
export interface NodeLogOptions {
  /** How many seconds back. Default: as far as a person may want to look back. */
  readonly since?: number | undefined;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** A line, and when K3s wrote it, in milliseconds since 1970. */
interface Line {
  readonly at?: number | undefined;
  readonly text: string;
}

/** Lines from the end where no time is named: a screen, and what led to it; of a log that is followed, where it stands. */
const [shown, shownBefore] = [100, 10];

/** Reads what K3s has logged on a node. Resolves with the exit code of what reads it, which follows until it is interrupted. */
export async function readNodeLog(
  driver: Pick<Driver, "exec">,
  machine: Machine,
  { since, follow, signal }: NodeLogOptions,
  onLine: (line: Line, from: "stdout" | "stderr") => void,
): Promise<number> {
  const manager = managerOf(machine);
  const lines = since === undefined ? (follow ? shownBefore : shown) : undefined;
  const command = manager.readLog(serviceOf(machine).name, { lines, since, follow });
  const earliest = since === undefined || manager.keepsTimes ? -Infinity : Date.now() - since * 1000;
  let at: number | undefined;
  const { exitCode } = await driver.exec(machine.name, command, {
    signal,
    timeout: Infinity,
    answers: "any",
    onlyLines: true,
    onLine: (text, from) => {
      // A line without a time of its own, such as one of a trace, belongs to the one before.
      at = timeOf(text) ?? at;
      if (from === "stderr" || (at ?? -Infinity) >= earliest) onLine({ at, text }, from);
    },
  });
  return exitCode;
}

/**
 * Returns when a line of K3s was written, by itself: `time="2026-11-30T16:53:59Z" level=...`, or as Kubernetes' packages write it,
 * "I1130 16:53:59.123456   1234 file.go:12] ...", in the node's time, which is UTC, and without a year. K3s from modules names the
 * component before it: "kubelet: I1130 ...".
 */
export function timeOf(line: string, now = Date.now()): number | undefined {
  const [, written] = /^time="?([^" ]+)/.exec(line) ?? [];
  if (written !== undefined) return Date.parse(written);
  const [, month, day, time] = /^(?:[\w-]+: )?[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d{3})/.exec(line) ?? [];
  if (time === undefined) return undefined;
  const year = new Date(now).getUTCFullYear();
  const at = (ofYear: number) => Date.parse(`${ofYear}-${month}-${day}T${time}Z`);
  return at(year) > now + 24 * 3_600_000 ? at(year - 1) : at(year);
}
