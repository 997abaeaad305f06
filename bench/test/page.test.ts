import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Benchmark, carryOver } from "../src/benchmark.js";
import { renderPage } from "../src/page.js";
import { lastRecord, readNotes, writeRecord } from "../src/record.js";
import { tableOf } from "../src/table.js";
import { recorded, roundOf } from "./rounds.js";

const test = suite("bench page");
const root = fileURLToPath(new URL("../../", import.meta.url));
const table = tableOf([roundOf(8, 10)]);
const record: Benchmark = { date: "2026-11-29", rows: table.map((row) => recorded(row)) };
const value = { median: 500, min: 500, max: 500 };
const cold = { id: "cold", what: "first run", unit: "s", k3s: "v1 (modules)", runs: 1, value } as const;
const part: Benchmark = {
  date: "2026-12-01",
  rows: [recorded(cold, { date: "2026-12-01", commit: "def" })],
};

test("it describes the machine, has every row, and ends with the notes", () => {
  const page = renderPage(record, "## Why\nBecause.\n");
  assert.match(page, "with K3s v1 (modules), on A Processor: 2 cores, 25 GB of memory, Linux 6.1.0, Node v20.0.0.");
  for (const { what } of record.rows) assert.ok(page.includes(`| ${what} | `), what);
  assert.match(
    page,
    "| up, three nodes, registry verified | 1 | 8.00 (8.00..8.00) s | 10.00 (10.00..10.00) s | 0.80 (0.80..0.80) |",
  );
  assert.ok(page.endsWith("\n\n## Why\nBecause.\n"));
  assert.ok(renderPage(record, "").endsWith("waterfall.html\n"));
});

test("a part that is recorded alone keeps the other rows, and the page says how each was measured", () => {
  const whole = carryOver(record, part);
  assert.equal(whole, { date: "2026-12-01", rows: [...record.rows, ...part.rows] });
  const page = renderPage(whole, "");
  assert.match(page, "Measured on 2026-11-29 at commit abc, with K3s v1 (modules), on A Processor");
  assert.match(page, "| plan | 1 |");
  assert.match(page, "| first run (1) | 1 | 500.00");
  assert.match(page, "\n\n(1) Measured on 2026-12-01 at commit def, with K3s v1 (modules), on A Processor");
  assert.is(carryOver(undefined, part).rows.length, 1);
});

test("a table that is recorded anew keeps the parts, and no row that it has no more", () => {
  const last: Benchmark = {
    date: "2026-11-30",
    rows: [...record.rows, recorded({ ...cold, id: "gone" }), ...part.rows],
  };
  const rows = table.map((row) => recorded(row, { date: "2026-12-02" }));
  assert.equal(carryOver(last, { date: "2026-12-02", rows }).rows, [...rows, ...part.rows]);
});

test("a record is read back, the last by its date", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-bench-page-"));
  try {
    mkdirSync(join(dir, "docs"));
    assert.is(lastRecord(dir), undefined);
    writeRecord(dir, record);
    writeFileSync(join(dir, "bench/results/notes.md"), "Noted.\n");
    const [, page] = writeRecord(dir, part);
    assert.is(lastRecord(dir)?.date, "2026-12-01");
    assert.ok(readFileSync(page, "utf8").endsWith("\nNoted.\n"));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("docs/benchmarks.md is what the last record makes of it, once there was one", async () => {
  const page = join(root, "docs/benchmarks.md");
  const last = lastRecord(root);
  // Records are committed: a clone that has none has lost it, unless there never was one.
  const log = ["log", "-1", "--format=%h", "--", "bench/results", "docs/benchmarks.md"];
  const { stdout: recordedBy } = await run("git", log, { cwd: root, answers: "any" });
  if (last === undefined && !existsSync(page) && recordedBy === "") return;
  assert.ok(last, "bench/results holds no record: run `npm run bench -- --record`");
  assert.is(readFileSync(page, "utf8"), renderPage(last!, readNotes(root)), "run `npm run bench -- --record`");
});

test.run();
