import { existsSync, mkdirSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "@k3s-lab/lab";
import type { Stage } from "./stage.js";

// How the processes of one run hand the lab on to each other: all of them start at once, because starting them one by
// one would cost a second, and each waits for the mark of the stage before.

type Folder = Pick<Lab, "state">;

/** Forgets the marks of an earlier run. Called by the command that starts the stages, and when they have ended. */
export function clearMarks({ state }: Folder): void {
  state.remove("run");
}

/** Makes the folder of marks: before the stages start, because they watch it. */
export function prepareMarks(lab: Folder): void {
  clearMarks(lab);
  mkdirSync(lab.state.path("run"), { recursive: true });
}

/** Tells the stages that wait that this one has made its part of the lab. */
export function markEnded({ name }: Pick<Stage, "name">, { state }: Folder): void {
  writeFileSync(join(state.path("run"), name), "");
}

/** Waits for a stage's mark; of the first stage's, which has none before it, not at all. */
export async function untilEnded(
  before: Pick<Stage, "name"> | undefined,
  { state }: Folder,
  signal: AbortSignal,
): Promise<void> {
  if (before === undefined) return;
  signal.throwIfAborted();
  const folder = state.path("run");
  const mark = join(folder, before.name);
  const stopped: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (existsSync(mark)) resolve();
      };
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      stopped.push(() => signal.removeEventListener("abort", abort), onChange(folder, look));
      // It may have been there before it was watched for.
      look();
    });
  } finally {
    for (const stop of stopped) stop();
  }
}

/** Milliseconds. */
const lookEvery = 200;

/**
 * Calls back when something may have changed in a folder; returns what ends that. On a host whose inotify instances are
 * used up, which the lab itself is about to raise, it looks from time to time.
 */
function onChange(folder: string, look: () => void): () => void {
  try {
    const watcher = watch(folder, look);
    // Without a listener it would end the process.
    watcher.on("error", look);
    return () => watcher.close();
  } catch {
    const timer = setInterval(look, lookEvery);
    return () => clearInterval(timer);
  }
}
