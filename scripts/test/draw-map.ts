// Reads what lab:map draws: what the page tells in words, and where its picture has what.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DrivenLab } from "./drive-lab.js";

/** What the page of `lab:map` tells and shows. */
interface Drawn {
  readonly state: string;
  /** "bad: stopped", by the name in the table. */
  readonly boxes: Readonly<Record<string, string>>;
  /** "cut at Node guard of multi", by the title of the way. */
  readonly ways: Readonly<Record<string, string>>;
  /** How the picture colours each box, by the name in the table: "bad". */
  readonly colours: Readonly<Record<string, string>>;
  /** The lines of the picture: "cable: k3slab-a1b2c3 – Node guard of multi". */
  readonly lines: readonly string[];
  /** The box before which the picture crosses a way, by the title of the way. */
  readonly crosses: Readonly<Record<string, string>>;
}

/** Draws a lab as a person does, and reads the page. */
export async function drawMap(lab: Pick<DrivenLab, "dir" | "npmOk">): Promise<Drawn> {
  await lab.npmOk("lab:map");
  return readMap(lab.dir);
}

/** Reads the page of the lab in a folder. */
export function readMap(dir: string): Drawn {
  const page = readFileSync(join(dir, ".lab/map.html"), "utf8");
  const rows = [
    ...page.matchAll(/<tr id="([^"]*)"><th scope="row">([^<]*)<\/th><td>[^<]*<\/td><td class="(\w+)">([^<]*)<\/td>/g),
  ].map(([, row = "", name, health, condition]) => ({ row, name: plain(name), told: `${health}: ${condition}` }));
  const verdicts = [...page.matchAll(/<span class="verdict ([\w-]+)">/g)].map(([, verdict]) => verdict);
  const sections = [
    ...page.matchAll(/<section class="steps" data-way="([^"]*)" aria-label="([^"]*)">([\s\S]*?)<\/section>/g),
  ].map(([, way = "", title = "", steps = ""]) => ({ way, title, steps }));
  const names = new Map(rows.map(({ row, name }) => [row, name]));
  const titles = new Map(sections.map(({ way, title }) => [way, title]));
  return {
    state: /<span class="state (\w+)">/.exec(page)?.[1] ?? "",
    boxes: Object.fromEntries(rows.map(({ name, told }) => [name, told])),
    ways: Object.fromEntries(
      sections.map(({ title, steps }, index) => {
        const last = [...steps.matchAll(/<strong>([^<]*)<\/strong>/g)].at(-1)?.[1];
        return [title, `${verdicts[index]} at ${plain(last)}`];
      }),
    ),
    ...readPicture(/<div class="sheet wide">([\s\S]*?)<\/svg>/.exec(page)?.[1] ?? "", names, titles),
  };
}

/** Reads the picture by its places alone, as an eye does. `names`: of boxes by where they lead; `titles`: of ways. */
function readPicture(
  svg: string,
  names: ReadonlyMap<string, string>,
  titles: ReadonlyMap<string, string>,
): Pick<Drawn, "colours" | "lines" | "crosses"> {
  const boxes = [
    ...svg.matchAll(
      /href="#([^"]*)"[^>]*><g class="box ([^"]*)" transform="translate\(([\d.]+) ([\d.]+)\)"><rect width="([\d.]+)" height="([\d.]+)"/g,
    ),
  ].map(([, row = "", classes = "", ...numbers]): PlacedBox => {
    const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
    return { name: names.get(row) ?? row, health: classes.split(" ")[1] ?? "", x, y, width, height };
  });
  const nearest = (point: Point) => boxes.toSorted((a, b) => distance(a, point) - distance(b, point))[0]?.name ?? "";
  const lines = [...svg.matchAll(/<path class="edge (\w+)" d="([^"]*)"/g)].map(([, kind, path = ""]) => {
    const points = pointsOf(path);
    return `${kind}: ${nearest(points[0] ?? nowhere)} – ${nearest(points.at(-1) ?? nowhere)}`;
  });
  const crosses = [
    ...svg.matchAll(/<g class="way [\w-]+" data-way="([^"]*)"[^>]*>(?:<(?!g class="way)[^>]*>|[^<])*/g),
  ].flatMap(([drawn, way = ""]) => {
    const cross = /<path class="cross" d="([^"]*)"/.exec(drawn)?.[1];
    if (cross === undefined) return [];
    const [from = nowhere, to = nowhere] = pointsOf(cross);
    return [[titles.get(way) ?? way, nearest({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 })] as const];
  });
  return {
    colours: Object.fromEntries(boxes.map(({ name, health }) => [name, health])),
    lines: lines.toSorted(),
    crosses: Object.fromEntries(crosses),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface PlacedBox extends Point {
  readonly name: string;
  readonly health: string;
  readonly width: number;
  readonly height: number;
}

const nowhere: Point = { x: Number.NaN, y: Number.NaN };

/** How far a point is from the border of a box, be it inside or outside. */
function distance({ x, y, width, height }: PlacedBox, point: Point): number {
  const beside = Math.max(x - point.x, 0, point.x - x - width);
  const over = Math.max(y - point.y, 0, point.y - y - height);
  if (beside + over > 0) return Math.hypot(beside, over);
  return Math.min(point.x - x, x + width - point.x, point.y - y, y + height - point.y);
}

function pointsOf(path: string): readonly Point[] {
  return [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

/** Text as the page shows it. */
function plain(html = ""): string {
  return html.replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

/** The boxes that are not as they should be, or could not be seen; in the table, and in the picture. */
export function amiss({ boxes, colours }: Pick<Drawn, "boxes" | "colours">): readonly string[] {
  return Object.entries(boxes).flatMap(([name, box]) => {
    const isAmiss = /^(bad|unknown)/.test(box) || colours[name] !== box.split(":")[0];
    return isAmiss ? [`${name}: ${box}, drawn as ${colours[name]}`] : [];
  });
}
