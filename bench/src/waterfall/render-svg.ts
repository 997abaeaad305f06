import { type ChartRow, type Mark, seconds } from "./chart.js";

/** Pixels. */
const width = 1280;
const left = 400;
const right = 90;
const rowHeight = 18;
const headingHeight = 34;
const top = 24;
/** A bar is never narrower, or it could not be seen. */
const narrowest = 1.5;
/** Characters of a label that fit beside the chart. */
const longestLabel = 58;
/** Pixels that a note may take. */
const noteWidth = 130;

/** Renders rows as an SVG of its own, coloured by the classes of the page. `took`: milliseconds that the chart is wide. */
export function renderSvg(rows: readonly ChartRow[], took: number): string {
  const scale = (width - left - right) / took;
  const x = (ms: number) => left + ms * scale;
  let y = top;
  const drawn = rows.map((row) => {
    if (row.isHeading) y += headingHeight - rowHeight;
    const text = drawRow(row, y, x);
    y += rowHeight;
    return text;
  });
  const height = y + rowHeight;
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Waterfall of one up">`,
    ...gridLines(took, x, height),
    ...drawn,
    "</svg>",
  ].join("\n");
}

function drawRow({ label, isHeading, marks, note }: ChartRow, y: number, x: (ms: number) => number): string {
  const base = y + 13;
  if (isHeading) return `<text class="heading" x="8" y="${base}">${escape(label)}</text>`;
  const end = x(Math.max(...marks.map(({ to }) => to)));
  const begin = x(Math.min(...marks.map(({ from }) => from)));
  const isAtEdge = end + noteWidth > width;
  const noteAt = isAtEdge ? `x="${begin - 6}" text-anchor="end"` : `x="${end + 6}"`;
  const indent = label.length - label.trimStart().length;
  return [
    `<g><title>${escape(label.trim())}: ${escape(spoken(marks))}</title>`,
    `<text class="label" x="${16 + indent * 4}" y="${base}">${escape(shorten(label.trim(), longestLabel - indent))}</text>`,
    ...marks.map((mark) => drawMark(mark, y, x)),
    note === undefined ? "" : `<text class="note" ${noteAt} y="${base}">${escape(note)}</text>`,
    "</g>",
  ].join("");
}

function drawMark({ from, to, kind, isCritical, title }: Mark, y: number, x: (ms: number) => number): string {
  const wide = Math.max(narrowest, x(to) - x(from));
  const [offset, high] = kind === "step" ? [6, 6] : [3, 12];
  const place = `x="${x(from).toFixed(1)}" y="${y + offset}" width="${wide.toFixed(1)}" height="${high}"`;
  return `<rect class="${kind}${isCritical ? " critical" : ""}" ${place} rx="2"><title>${escape(title)}: ${seconds(to - from)}</title></rect>`;
}

/** One line for each second, or for each so many that no more than 16 are drawn. */
function gridLines(took: number, x: (ms: number) => number, height: number): readonly string[] {
  const every = [1, 2, 5, 10, 30, 60, 120].find((step) => took / 1000 / step <= 16) ?? 300;
  return Array.from({ length: Math.floor(took / 1000 / every) + 1 }, (_, index) => {
    const second = index * every;
    const at = x(second * 1000).toFixed(1);
    const text = (y: number) => `<text class="axis" x="${at}" y="${y}" text-anchor="middle">${second} s</text>`;
    return `<line class="grid" x1="${at}" y1="${top - 6}" x2="${at}" y2="${height - 16}"/>${text(12)}${text(height - 4)}`;
  });
}

function spoken(marks: readonly Mark[]): string {
  const [from, to] = [Math.min(...marks.map((mark) => mark.from)), Math.max(...marks.map((mark) => mark.to))];
  return `${seconds(from)} to ${seconds(to)}`;
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Makes text safe in XML. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
