import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { giveToCaller, makeForCaller } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { type Event, logLine } from "@k3s-lab/steps";

const kept = 10;

/** Holds all that a run reports, and what the programs of its pipeline print. */
export interface RunLog {
  readonly file: string;
  event(event: Event): void;
  /** A line that is no event: what turbo or Node has printed. */
  line(text: string): void;
  close(): void;
}

/** Begins the log of a run; undefined where none can be written, such as in a lab of another user's, whose registry is there for all. */
export function openRunLog(...given: Parameters<typeof beginLog>): RunLog | undefined {
  try {
    return beginLog(...given);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

/**
 * Begins the log of a run in `.lab/logs/`, and removes the oldest ones. It can be read by the caller alone. Each line is written at
 * once, so that it is there even if the run is killed.
 */
function beginLog({ state }: Pick<Lab, "state">, command: string, now: () => Date = () => new Date()): RunLog {
  const folder = state.path("logs");
  makeForCaller(state.dir);
  makeForCaller(folder);
  const begun = now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "");
  const file = join(folder, `${begun}-${command.replace(":", "-")}-${process.pid}.log`);
  let descriptor: number | undefined = openSync(file, "w", 0o600);
  giveToCaller(file);
  removeOldest(folder);
  const line = (text: string) => {
    if (descriptor === undefined) return;
    try {
      writeSync(descriptor, `${now().toISOString()} ${text}\n`);
    } catch {
      // A disk that is full is no reason to stop a run that would go on without its log.
    }
  };
  return {
    file,
    line,
    event: (event) => line(logLine(event)),
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** Keeps the newest logs; those of a version before, which had other names, go first. */
function removeOldest(folder: string): void {
  const logs = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .map((name) => ({
      path: join(folder, name),
      at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .toSorted((a, b) => b.at - a.at);
  for (const { path } of logs.slice(kept)) rmSync(path, { force: true });
}
