// Draws a recorded terminal as an SVG that moves by itself, in a page as in a README: CSS alone, no script.
import Anser from "anser";

/** What a terminal showed from a moment on. */
export interface Frame {
  /** Milliseconds since the recording began. */
  readonly at: number;
  /** Its lines, with the escape sequences of colours, as `tmux capture-pane -e` prints them. */
  readonly screen: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface Span {
  readonly text: string;
  readonly colour: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

const cell = { width: 8.4, height: 18 };
const margin = { side: 16, top: 40, bottom: 16 };
/** Milliseconds that a still picture is shown at most: a person need not wait for what the lab waited for. */
const longestPause = 800;
/** Milliseconds that the last picture stays. */
const lastPause = 6000;

const colours: Readonly<Record<string, string>> = {
  "ansi-black": "#6e7681",
  "ansi-red": "#ff7b72",
  "ansi-green": "#3fb950",
  "ansi-yellow": "#d29922",
  "ansi-blue": "#58a6ff",
  "ansi-magenta": "#bc8cff",
  "ansi-cyan": "#39c5cf",
  "ansi-white": "#c9d1d9",
  "ansi-bright-black": "#8b949e",
  "ansi-bright-red": "#ffa198",
  "ansi-bright-green": "#56d364",
  "ansi-bright-yellow": "#e3b341",
  "ansi-bright-blue": "#79c0ff",
  "ansi-bright-magenta": "#d2a8ff",
  "ansi-bright-cyan": "#56d4dd",
  "ansi-bright-white": "#f0f6fc",
};

/** Renders frames as one picture; `title` is what is read to those who do not see it. */
export function renderTerminal(frames: readonly Frame[], { columns, rows }: Size, title: string): string {
  const shown = withoutRepeats(frames);
  const width = columns * cell.width + 2 * margin.side;
  const height = rows * cell.height + margin.top + margin.bottom;
  const lines = new Map<string, string>();
  const pictures = shown.map(({ screen }, index) => {
    const rendered = linesOf(screen)
      .slice(0, rows)
      .map(renderLine)
      .flatMap((line, row) => (line === "" ? [] : [`<use href="#${known(lines, line)}" y="${row * cell.height}"/>`]));
    return `<g transform="translate(${round(index * width)} 0)">${rendered.join("")}</g>`;
  });
  const defs = [...lines].map(([line, id]) => `<text id="${id}" y="13">${line}</text>`);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" role="img" aria-labelledby="title">`,
    `<title id="title">${escape(title)}</title>`,
    `<style>${styleOf(shown, width)}</style>`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (fill, index) => `<circle cx="${20 + index * 20}" cy="20" r="6" fill="${fill}"/>`,
    ),
    `<defs>${defs.join("\n")}</defs>`,
    `<svg x="${margin.side}" y="${margin.top}" width="${round(columns * cell.width)}" height="${rows * cell.height}">`,
    `<g class="film">${pictures.join("\n")}</g>`,
    "</svg>",
    "</svg>",
  ].join("\n")}\n`;
}

/** Leaves out what shows nothing new, and shortens what stands still; `at` is then the time in the picture. */
export function withoutRepeats(frames: readonly Frame[]): readonly Frame[] {
  const changes = frames.filter(({ screen }, index) => screen !== frames[index - 1]?.screen);
  let at = 0;
  return changes.map(({ at: seen, screen }, index) => {
    if (index > 0) at += Math.min(seen - (changes[index - 1]?.at ?? 0), longestPause);
    return { at, screen };
  });
}

/** One strip of all pictures is moved past the window. Who wants no motion sees the last one. */
function styleOf(frames: readonly Frame[], width: number): string {
  const duration = (frames.at(-1)?.at ?? 0) + lastPause;
  const place = (index: number) => `transform:translateX(${round(-index * width)}px)`;
  const steps = frames.map(({ at }, index) => `${round((100 * at) / duration, 3)}%{${place(index)}}`);
  return [
    `text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#c9d1d9;white-space:pre}`,
    `.b{font-weight:bold}.d{opacity:.65}`,
    `.film{animation:film ${round(duration / 1000)}s step-end infinite}`,
    `@keyframes film{${steps.join("")}}`,
    `@media(prefers-reduced-motion:reduce){.film{animation:none;${place(frames.length - 1)}}}`,
  ].join("\n");
}

function known(lines: Map<string, string>, line: string): string {
  const id = lines.get(line) ?? `l${lines.size}`;
  lines.set(line, id);
  return id;
}

/** A colour may go on over the end of a line, so that the whole is read before it is cut. */
function linesOf(screen: string): readonly (readonly Span[])[] {
  const lines: Span[][] = [[]];
  for (const { content, fg, decorations } of Anser.ansiToJson(screen, { use_classes: true, remove_empty: true })) {
    const [first = "", ...others] = content.split("\n");
    const span = (text: string): Span => ({
      text,
      colour: colours[fg],
      bold: decorations.includes("bold"),
      dim: decorations.includes("dim"),
    });
    lines.at(-1)?.push(span(first));
    for (const text of others) lines.push([span(text)]);
  }
  return lines;
}

/** Each span stands at its column and is as wide as its cells, whatever font there is. */
function renderLine(spans: readonly Span[]): string {
  let column = 0;
  const rendered = spans.map(({ text, colour, bold, dim }) => {
    const x = column * cell.width;
    column += [...text].length;
    const shown = text.trimEnd();
    if (shown === "") return "";
    const classes = [bold ? "b" : "", dim ? "d" : ""].filter((name) => name !== "").join(" ");
    const attributes = [
      `x="${round(x)}"`,
      `textLength="${round([...shown].length * cell.width)}"`,
      ...(classes === "" ? [] : [`class="${classes}"`]),
      ...(colour === undefined ? [] : [`style="fill:${colour}"`]),
    ];
    return `<tspan ${attributes.join(" ")}>${escape(shown)}</tspan>`;
  });
  return rendered.join("");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number, digits = 1): string {
  return String(Number(value.toFixed(digits)));
}
