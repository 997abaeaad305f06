import { z } from "zod";
import { labConfig } from "./config.js";

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** What an unknown key was probably meant to be: a near spelling in its place, or the same key in another place. */
export function suggestKey(path: readonly PropertyKey[], key: string): string | undefined {
  const root = z.toJSONSchema(labConfig, { io: "input" }) as Schema;
  const here = path.reduce<Schema | undefined>(
    (schema, part) => schema?.properties?.[String(part)] ?? schema?.items,
    root,
  );
  const near = Object.keys(here?.properties ?? {})
    .map((known) => ({ known, distance: distance(known.toLowerCase(), key.toLowerCase()) }))
    .filter(({ known, distance: changes }) => changes <= Math.min(2, known.length - 2))
    .toSorted((a, b) => a.distance - b.distance)[0];
  if (near) return [...path, near.known].join(".");
  return places(root).find((place) => place.split(".").at(-1) === key);
}

/** Every key of lab.yaml, dotted: "network.subnet", "nodes.0.role". */
function places({ properties = {} }: Schema, prefix = ""): readonly string[] {
  return Object.entries(properties).flatMap(([key, schema]) => [
    `${prefix}${key}`,
    ...places(schema, `${prefix}${key}.`),
    ...(schema.items ? places(schema.items, `${prefix}${key}.0.`) : []),
  ]);
}

/** How many letters have to be put in, taken out, changed, or exchanged with the next. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped));
    }
  }
  return at(a.length, b.length);
}
