import { structuredPatch } from "diff";

/** Renders what changes in a text: lines that begin with "-", "+" or, around them, with a space; "..." between places. */
export function diffLines(before: string, after: string): readonly string[] {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: 1 });
  return hunks.flatMap(({ lines }, index) => [
    ...(index === 0 ? [] : ["..."]),
    ...lines.filter((line) => !line.startsWith("\\")),
  ]);
}
