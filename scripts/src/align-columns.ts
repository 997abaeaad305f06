import { stripVTControlCharacters } from "node:util";

/** Renders rows as lines, each column as wide as its widest cell; colours take no room. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => visible(row[column] ?? "")));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat(widthOf(column) + 2 - visible(cell)))
      .join("")
      .trimEnd(),
  );
}

function visible(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
