import { dirname } from "node:path";
import { bytesText } from "@k3s-lab/steps";
import { kinds } from "./redact/stand-ins.js";
import type { Gathered, Report } from "./report.js";

/** Renders what is in a report, what is not and why, and what was replaced: for its index, and for a terminal. */
export function renderIndex({ files, replaced }: Pick<Report, "files" | "replaced">): string {
  const there = files.filter(({ missing }) => missing === undefined);
  const absent = files.filter(({ missing }) => missing !== undefined);
  const width = Math.max(...files.map(({ path }) => path.length));
  const row = ({ path, bytes, what }: Gathered) => `  ${path.padEnd(width)}  ${bytesText(bytes).padStart(8)}  ${what}`;
  return [
    "What is in it:",
    ...there.map(row),
    ...(absent.length === 0 ? [] : ["", "What is missing, and why:"]),
    ...together(absent).map(([path, why]) => `  ${path.padEnd(width)}  ${why}`),
    "",
    ...(replaced.length === 0 ? ["Nothing had to be replaced."] : ["What was replaced, the same by the same:"]),
    ...replaced.map(({ kind, times, different }) => `  ${kinds[kind]}: ${times} times, ${different} different`),
    "",
  ].join("\n");
}

/** Of the files of a folder that are missing for one reason, names the folder alone. */
function together(absent: readonly Gathered[]): readonly (readonly [path: string, why: string])[] {
  const groups = new Map<string, { readonly folder: string; readonly why: string; readonly paths: string[] }>();
  for (const { path, missing = "" } of absent) {
    const [folder, why] = [dirname(path), missing.split("\n")[0] ?? ""];
    const group = groups.get(`${folder} ${why}`) ?? { folder, why, paths: [] };
    group.paths.push(path);
    groups.set(`${folder} ${why}`, group);
  }
  return [...groups.values()].map(({ folder, why, paths }) => [
    paths.length === 1 ? (paths[0] ?? "") : `${folder}/ (${paths.length})`,
    why,
  ]);
}
