import { alignColumns } from "@k3s-lab/scripts/align-columns";
import type { Benchmark } from "./benchmark.js";
import { cellsOf, columns, usage } from "./cells.js";
import type { Compared } from "./compare.js";
import type { Row } from "./row.js";

/** Renders the rows for a terminal: the table, then CPU time and memory. */
export function renderText(rows: readonly Row[]): string {
  const used = rows.filter(({ cpu, memory }) => cpu ?? memory);
  return [
    ...alignColumns([[...columns], ...rows.map(cellsOf)]),
    "",
    "CPU seconds; the most memory at one moment, in MB (PSS):",
    ...used.flatMap(({ what, cpu, memory, sampled }) => [
      `  ${what}${sampled === undefined ? "" : ` (sampled runs: ${sampled})`}`,
      ...(cpu ? [`    CPU: ${usage(cpu, 2)}`] : []),
      ...(memory ? [`    memory: ${usage(memory, 0)}`] : []),
    ]),
  ].join("\n");
}

/** Renders what a comparison with the last record has found. */
export function renderComparison(compared: readonly Compared[], { date }: Pick<Benchmark, "date">): string {
  const line = ({ what, before, now, verdict }: Compared) => [
    verdict === "as before" ? "" : verdict.toUpperCase(),
    what,
    `${before} -> ${now}`,
  ];
  return [`compared with ${date}:`, ...alignColumns(compared.map(line))].join("\n");
}
