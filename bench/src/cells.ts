import { measuredFor, type Row } from "./row.js";
import type { Spread } from "./statistics.js";

/** The columns of the table, as text and as a page show them; n is the number of runs. */
export const columns = ["what", "n", "takes", "raw", "ratio", "goal", "met"] as const;

/** Returns the cells of a row: medians, with the spread of its runs in brackets. */
export function cellsOf(row: Row): readonly string[] {
  const { what, runs, unit, value, raw, ratio, goal } = row;
  const measured = goal && measuredFor(row, goal);
  return [
    what,
    String(runs),
    `${spreadText(value, unit)} ${unit}`,
    raw ? `${spreadText(raw, unit)} ${unit}` : "",
    ratio ? spreadText(ratio, "s") : "",
    goal ? `<= ${goal.most}${goal.of === "ratio" ? " x raw" : ` ${unit}`}` : "",
    goal === undefined || measured === undefined ? "" : met(measured, goal.most),
  ];
}

/** "node 1.20, multi 6.04": what was used by whom, largest first; what rounds to nothing is left out. */
export function usage(by: Readonly<Record<string, number>>, digits: number): string {
  return Object.entries(by)
    .map(([name, amount]) => [name, amount.toFixed(digits)] as const)
    .filter(([, amount]) => Number(amount) !== 0)
    .map(([name, amount]) => `${name} ${amount}`)
    .join(", ");
}

function met(measured: number, most: number): string {
  return measured <= most ? "yes" : `no, by ${Math.round((measured / most - 1) * 100)} %`;
}

/** Returns "0.80 (0.60..1.00)": seconds and ratios to the hundredth, megabytes as a whole. */
export function spreadText({ median, min, max }: Spread, unit: Row["unit"]): string {
  const digits = unit === "MB" ? 0 : 2;
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}
