import { appendFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeForCaller, readIfExists, sha256 } from "@k3s-lab/host";
import writeFileAtomic from "write-file-atomic";
import type { PartResult } from "./spec-result.js";

/** What was run of the tests, for one build of K3s and one suite: it outlives a run that is killed. */
export class RunStore {
  readonly folder: string;

  constructor(runs: string, key: string) {
    this.folder = join(runs, key);
    makeForCaller(this.folder);
  }

  /** Returns the result of a part that was run to its end. */
  read(part: string): PartResult | undefined {
    const text = readIfExists(this.#file(part, "result.json"));
    return text === undefined ? undefined : (JSON.parse(text) as PartResult);
  }

  /** Records the result of a part, and forgets what it was made of. */
  write(result: PartResult): void {
    writeFileAtomic.sync(this.#file(result.id, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
    rmSync(this.#file(result.id, passed), { force: true });
  }

  /** Returns the specs of a part that have passed in runs that were killed. */
  passed(part: string): readonly string[] {
    const lines = readIfExists(this.#file(part, passed))?.split("\n") ?? [];
    return [...new Set(lines.flatMap(nameIn))];
  }

  /** Notes that a spec has passed, for a run that is killed before its report. */
  notePassed(part: string, name: string): void {
    appendFileSync(this.#file(part, passed), `${JSON.stringify(name)}\n`);
  }

  /** Makes an empty folder for the output of the next run of a part. */
  attempt(part: string): string {
    for (let number = 1; ; number++) {
      const folder = this.#file(part, `attempt-${number}`);
      if (existsSync(folder)) continue;
      mkdirSync(folder);
      return folder;
    }
  }

  /** Forgets what was run of a part. */
  clearPart(part: string): void {
    rmSync(join(this.folder, part), { recursive: true, force: true });
  }

  #file(part: string, name: string): string {
    mkdirSync(join(this.folder, part), { recursive: true });
    return join(this.folder, part, name);
  }
}

const passed = "passed.jsonl";

/** Tells one build of K3s with one suite from any other. */
export function runKey(build: string, suite: string): string {
  return sha256(JSON.stringify([build, suite])).slice(0, 12);
}

/** A run that is killed while it writes leaves half a line, which the next one continues: that spec is run again. */
function nameIn(line: string): readonly string[] {
  try {
    return [JSON.parse(line) as string];
  } catch {
    return [];
  }
}
