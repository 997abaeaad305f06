import { type CellName, cells } from "./cells.js";
import { expected, type Guarding, guardings, reasons } from "./expected.js";
import { type Place, places } from "./topologies.js";

const names: Readonly<Record<Guarding, string>> = {
  none: "none",
  node: "node guard",
  host: "host guard",
  both: "both",
};

/** Returns the table of docs/recursion.md: what is expected, and seen wherever the matrix passes. */
export function matrixTable(): string {
  const all = Object.entries(cells) as [CellName, (typeof cells)[CellName]][];
  const head = ["Topology", "Guards", ...all.map(([, { title }]) => title)];
  const rows = Object.values(places).flatMap((place) =>
    rowsOf(
      place,
      all.map(([name]) => name),
    ),
  );
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Guards with the same results for the same reasons share a row. */
function rowsOf(place: Place, all: readonly CellName[]): readonly (readonly string[])[] {
  const rows = new Map<string, { guards: string[]; results: readonly string[] }>();
  for (const [guarding, guards] of Object.entries(guardings)) {
    const results = all.map((cell) => {
      if (cell === "namesSafe" && !place.hasSafeResolver) return "";
      const { loops, reason } = expected(place.comeback, guards, cell);
      return `${loops ? "**loops**" : "1"} ${reason}`;
    });
    const key = results.join();
    const row = rows.get(key) ?? { guards: [], results };
    row.guards.push(names[guarding as Guarding]);
    rows.set(key, row);
  }
  return [...rows.values()].map(({ guards, results }, index) => {
    const any = guards.length === Object.keys(guardings).length;
    return [index === 0 ? place.title : "", any ? "any" : guards.join(", "), ...results];
  });
}

export function reasonList(): string {
  return Object.entries(reasons)
    .map(([letter, text]) => `- **${letter}**: ${text}`)
    .join("\n");
}
