import { readFileSync } from "node:fs";
import { escape } from "./escape.js";
import { type Box, inset, type Layout, type Line, type Point, signWidth } from "./layout.js";
import { lineHeight, lineWidth, titleHeight } from "./measure-text.js";
import { colours } from "./palette.js";
import { signs } from "./signs.js";
import type { Stop, Topology, Way } from "./topology.js";
import { verdictWords } from "./words.js";

interface SvgOptions {
  /** The ways that are drawn into it; a page shows one of them at a time. */
  readonly ways: readonly Way[];
  /** Begins the ids of the document that it becomes a part of. */
  readonly prefix: string;
  /** Returns where a box leads; absent where boxes lead nowhere. */
  readonly href?: (id: string) => string;
}

/** Returns the rules for what is drawn, but for the colours. */
export function drawingStyle(): string {
  return readFileSync(new URL("../page/drawing.css", import.meta.url), "utf8");
}

/** Draws a picture as a part of a page. */
export function drawPart(topology: Topology, layout: Layout, options: SvgOptions): string {
  const { width, height } = layout;
  const label = `The network of lab ${topology.name}`;
  return [
    `<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="${escape(label)}">`,
    heads(options.prefix),
    ...contents(layout, options),
    "</svg>",
  ].join("\n");
}

const margin = 18;
const headerHeight = 58;
const legendHeight = 30;

/** Draws a picture that is a file of its own: with a title, one way, and a legend. */
export function drawSvg(topology: Topology, layout: Layout, way: Way | undefined): string {
  const words = headingOf(topology);
  const summary = way === undefined ? [] : summaryOf(way);
  const entries = legend();
  const longest = Math.max(lineWidth(words.about), ...summary.map((line) => lineWidth(line)), entries.width);
  const width = Math.max(layout.width + 2 * margin, longest + 2 * margin + 16);
  const summaryHeight = summary.length * lineHeight + (summary.length > 0 ? 12 : 0);
  const bottom = headerHeight + layout.height;
  const height = bottom + summaryHeight + legendHeight + margin;
  const options = { ways: way === undefined ? [] : [way], prefix: "map-" };
  return `${[
    `<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="map-title map-description">`,
    `<title id="map-title">${escape(`Lab ${topology.name}: ${topology.state}`)}</title>`,
    `<desc id="map-description">${escape([words.about, ...topology.faults, ...summary].join(" "))}</desc>`,
    `<style>${colours("svg.map")}\n${drawingStyle()}</style>`,
    heads(options.prefix),
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="heading" x="${margin + 8}" y="32">${escape(words.title)} <tspan class="state-${topology.state}">${topology.state}</tspan></text>`,
    `<text class="line" x="${margin + 8}" y="50">${escape(words.about)}</text>`,
    `<text class="line" x="${width - margin - 8}" y="32" text-anchor="end">${escape(words.at)}</text>`,
    `<g transform="translate(${(width - layout.width) / 2} ${headerHeight})">`,
    ...contents(layout, options),
    "</g>",
    ...summary.map(
      (line, index) =>
        `<text class="${index === 0 ? "mono" : "line"}" x="${margin + 8}" y="${bottom + 14 + index * lineHeight}">${escape(line)}</text>`,
    ),
    `<line class="rule" x1="${margin}" x2="${width - margin}" y1="${bottom + summaryHeight + 8}" y2="${bottom + summaryHeight + 8}"/>`,
    `<g transform="translate(${margin + 8} ${bottom + summaryHeight + 26})">${entries.drawn}</g>`,
    "</svg>",
  ].join("\n")}\n`;
}

/** Returns the words at the head of a picture. */
export function headingOf({ name, about, at }: Pick<Topology, "name" | "about" | "at">) {
  return { title: `Lab ${name}`, about, at: `observed ${observedAt(at)}` };
}

/** "2026-11-30 16:42:07 UTC" */
function observedAt(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function summaryOf({ title, address, summary, verdict }: Way): readonly string[] {
  return [`${title} (${address}): ${verdictWords[verdict]}`, summary];
}

const stroke = (kind: string) => `<path class="edge ${kind}" d="M0 -4H26"/>`;
const dot = (is: string) => `<g class="stop ${is}"><circle cx="7" cy="-4" r="6"/></g>`;

/** What lines and dots mean: a drawn sample, how wide it is, and its words. */
export const samples: readonly (readonly [drawn: string, width: number, words: string])[] = [
  [stroke("cable"), 26, "network"],
  [stroke("path"), 26, "inside host or node"],
  [stroke("tunnel"), 26, "tunnel of a VIF"],
  [`<g class="way"><path class="hop" d="M0 -4H26"/></g>`, 26, "request"],
  [dot("cut"), 14, "cut, or loops"],
  [dot("answered"), 14, "answered"],
  [dot("perhaps"), 14, "not seen"],
];

/** Returns the legend in one line, and how wide it is. */
function legend(): { readonly drawn: string; readonly width: number } {
  let x = 0;
  const parts = samples.map(([drawn, room, words]) => {
    const part = `<g transform="translate(${x} 0)">${drawn}<text class="line" x="${room + 6}" y="0">${words}</text></g>`;
    x += room + 6 + lineWidth(words) + 18;
    return part;
  });
  return { drawn: parts.join(""), width: x };
}

function contents({ boxes, lines }: Layout, { ways, prefix, href }: SvgOptions): readonly string[] {
  return [
    ...lines.map(({ edge, points }) => `<path class="edge ${edge.kind}" d="${pathOf(points)}"/>`),
    ...ways.map((way) => drawHops(way, lines, prefix)),
    // Over the lines: what is drawn around others can be seen through, and its text interrupts them.
    ...boxes.filter(({ isGroup }) => isGroup).map((box) => drawBox(box, href)),
    ...boxes.filter(({ isGroup }) => !isGroup).map((box) => drawBox(box, href)),
    ...ways.map((way) => drawMarks(way, { boxes, lines })),
  ];
}

function drawBox({ element, text, isGroup, x, y, width, height }: Box, href: SvgOptions["href"]): string {
  const { id, kind, health, isMissing } = element;
  const names = ["box", kind, health, ...(isGroup ? ["group"] : []), ...(isMissing ? ["missing"] : [])].join(" ");
  const left = inset + signWidth;
  const first = inset + titleHeight - 6;
  const lines = text.lines.map((line) => `<text class="line" x="${left}" {y}>${escape(line)}</text>`);
  const condition =
    text.condition === "" ? [] : [`<text class="condition" x="${left}" {y}>● ${escape(text.condition)}</text>`];
  const drawn = [
    `<rect width="${width}" height="${height}" rx="${isGroup ? 6 : 4}"/>`,
    `<path class="sign" transform="translate(${inset} ${inset - 2})" d="${signs[kind]}"/>`,
    `<text class="name" x="${left}" y="${first}">${escape(text.title)}</text>`,
    ...[...lines, ...condition].map((line, index) => line.replace("{y}", `y="${first + lineHeight * (index + 1)}"`)),
  ].join("");
  const group = `<g class="${names}" transform="translate(${x} ${y})">${drawn}</g>`;
  if (href === undefined) return group;
  return `<a class="open" href="${escape(href(id))}" aria-label="${escape(labelOf(element))}">${group}</a>`;
}

/** Returns what a screen reader says of a box. */
function labelOf({ title, lines, condition }: Box["element"]): string {
  return [title, ...lines, condition].filter((word) => word !== "").join(", ");
}

function heads(prefix: string): string {
  return `<defs><marker id="${prefix}head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="context-stroke"/></marker></defs>`;
}

function drawHops(way: Way, lines: readonly Line[], prefix: string): string {
  const drawn = hopsOf(way.stops, lines).map(
    ({ points }) =>
      `<path class="under" d="${pathOf(points)}"/><path class="hop" d="${pathOf(points)}" marker-end="url(#${prefix}head)"/>`,
  );
  return partOf(way, drawn);
}

function drawMarks(way: Way, { boxes, lines }: Pick<Layout, "boxes" | "lines">): string {
  return partOf(way, [...marksOf(way.stops, hopsOf(way.stops, lines)), ...badgesOf(way.stops, boxes)]);
}

/** What is drawn is told by the list of stops, too. */
function partOf({ id, verdict }: Way, drawn: readonly string[]): string {
  return `<g class="way ${verdict}" data-way="${escape(id)}" aria-hidden="true">${drawn.join("")}</g>`;
}

interface Hop {
  /** Which stop it leads to. */
  readonly to: number;
  readonly points: readonly Point[];
}

/** The line between each stop and the next, in the direction of the request. */
function hopsOf(stops: readonly Stop[], lines: readonly Line[]): readonly Hop[] {
  return stops.slice(1).flatMap(({ at: to }, index): readonly Hop[] => {
    const from = stops[index]?.at;
    const line = lines.find(
      ({ edge }) => (edge.from === from && edge.to === to) || (edge.from === to && edge.to === from),
    );
    if (line === undefined) return [];
    return [{ to: index + 1, points: line.edge.from === from ? line.points : line.points.toReversed() }];
  });
}

/** A cross where the way is cut: on the line, just before the box that cuts it. */
function marksOf(stops: readonly Stop[], hops: readonly Hop[]): readonly string[] {
  return hops
    .filter(({ to }) => stops[to]?.is === "cut")
    .map(({ points }) => {
      const { x, y } = before(points, 16);
      const cross = `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}`;
      return `<path class="cross under" d="${cross}"/><path class="cross" d="${cross}"/>`;
    });
}

/** Returns the point on the last stretch of a line that is so far from its end, or the middle of a shorter one. */
function before(points: readonly Point[], distance: number): Point {
  const [a, b] = points.slice(-2);
  if (a === undefined || b === undefined) return { x: 0, y: 0 };
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const part = Math.min(distance, length / 2) / (length || 1);
  return { x: b.x + (a.x - b.x) * part, y: b.y + (a.y - b.y) * part };
}

/** The number of each stop, on the upper edge of its box: what comes to a box twice has two. */
function badgesOf(stops: readonly Stop[], boxes: readonly Box[]): readonly string[] {
  return stops.flatMap(({ at, is }, index) => {
    const box = boxes.find(({ element }) => element.id === at);
    if (box === undefined) return [];
    const earlier = stops.slice(0, index).filter((stop) => stop.at === at).length;
    const [x, y] = [box.x + box.width - 12 - 19 * earlier, box.y];
    return [
      `<g class="stop ${is}"><circle cx="${x}" cy="${y}" r="8.5"/><text x="${x}" y="${y + 3.5}">${index + 1}</text></g>`,
    ];
  });
}

function pathOf(points: readonly Point[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
