import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Benchmark, carryOver } from "./benchmark.js";
import { renderPage } from "./page.js";

/** Reads the last record, by its date; undefined where none was made. `root`: the repository. */
export function lastRecord(root: string): Benchmark | undefined {
  const folder = resultsFolder(root);
  const name = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /^\d.*\.json$/.test(file))
        .toSorted()
        .at(-1)
    : undefined;
  return name === undefined ? undefined : (JSON.parse(readFileSync(join(folder, name), "utf8")) as Benchmark);
}

/** Writes a record and the page made of it. Returns the file of the record, and the page. */
export function writeRecord(root: string, now: Benchmark): readonly [record: string, page: string] {
  const whole = carryOver(lastRecord(root), now);
  const record = join(resultsFolder(root), `${now.date}.json`);
  const page = join(root, "docs/benchmarks.md");
  mkdirSync(resultsFolder(root), { recursive: true });
  writeFileSync(record, `${JSON.stringify(whole, undefined, 2)}\n`);
  writeFileSync(page, renderPage(whole, readNotes(root)));
  return [record, page];
}

/** Reads what people have written about the numbers, which the page ends with. */
export function readNotes(root: string): string {
  const file = join(resultsFolder(root), "notes.md");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function resultsFolder(root: string): string {
  return join(root, "bench/results");
}
