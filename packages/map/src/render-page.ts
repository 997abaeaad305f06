import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { drawingStyle, drawPart, headingOf, samples } from "./draw-svg.js";
import { escape } from "./escape.js";
import type { Layout, Shape } from "./layout.js";
import { colours } from "./palette.js";
import type { Element, Topology, Way } from "./topology.js";
import { tellingWay } from "./ways.js";
import { healthWords, kindWords, verdictWords } from "./words.js";

/** A picture narrower than this part of its size would have text that nobody can read: it is scrolled instead. */
const smallest = 0.72;

/**
 * Renders a page that needs nothing but itself: it loads nothing, and a policy keeps it so. Without JavaScript the
 * picture, the ways and the table are all there.
 */
export function renderPage(topology: Topology, layouts: Readonly<Record<Shape, Layout>>): string {
  const style = styleOf(topology, layouts);
  const script = readPart("page.js");
  const rows = new Map(topology.elements.map(({ id }, index) => [id, `row-${index}`]));
  const sheet = (shape: Shape) => {
    const href = (id: string) => `#${rows.get(id) ?? ""}`;
    const drawn = drawPart(topology, layouts[shape], { ways: topology.ways, prefix: `${shape}-`, href });
    return `<div class="sheet ${shape}">${drawn}</div>`;
  };
  const { title, about, at } = headingOf(topology);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escape(`${title}: ${topology.state}`)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
<span class="state ${topology.state}">${topology.state}</span>
<p class="at">${escape(at)}</p>
${themes()}
<p class="about">${escape(about)}</p>
</header>
<main>
${faultsOf(topology)}
${choicesOf(topology)}
<section class="drawing" aria-label="Picture">
${sheet("wide")}
${sheet("tall")}
${key()}
</section>
${topology.ways.map((way) => stepsOf(way, topology)).join("\n")}
<h2>Everything in the picture</h2>
<div class="table"><table>
<thead><tr><th scope="col">Name</th><th scope="col">What</th><th scope="col">Condition</th><th scope="col">Details</th></tr></thead>
<tbody>
${topology.elements.map((element) => rowOf(element, rows.get(element.id) ?? "", topology)).join("\n")}
</tbody>
</table></div>
</main>
<aside class="panel" tabindex="-1" role="dialog" aria-labelledby="panel-name" hidden><div class="content"></div><button type="button">Close</button></aside>
<footer>Drawn by <code>npm run lab:map</code> from what was observed at that moment. Run it again for the present one.</footer>
<script>${script}</script>
</body>
</html>
`;
}

function readPart(name: string): string {
  return readFileSync(new URL(`../page/${name}`, import.meta.url), "utf8");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function styleOf({ ways }: Topology, layouts: Readonly<Record<Shape, Layout>>): string {
  const chosen = { light: ":root:has(#theme-light:checked)", dark: ":root:has(#theme-dark:checked)" };
  const widths = (["wide", "tall"] as const).map((shape) => {
    const { width } = layouts[shape];
    return `.sheet.${shape} svg { width: 100%; max-width: ${Math.round(width * 1.25)}px; min-width: ${Math.round(width * smallest)}px; }`;
  });
  const shown = ways.map(
    ({ id }) =>
      `body:has(#choose-${id}:checked) .way[data-way="${id}"], body:has(#choose-${id}:checked) .steps[data-way="${id}"] { display: block; }`,
  );
  return [colours(":root", chosen), drawingStyle(), readPart("page.css"), ...widths, ...shown].join("\n");
}

function themes(): string {
  const choice = (value: string, words: string, checked = "") =>
    `<label><input type="radio" name="theme" id="theme-${value}" value="${value}"${checked}>${words}</label>`;
  return `<fieldset class="theme"><legend>Colours</legend><div class="choices">${choice("system", "System", " checked")}${choice("light", "Light")}${choice("dark", "Dark")}</div></fieldset>`;
}

function faultsOf({ faults }: Topology): string {
  if (faults.length === 0) return "";
  return `<ul class="faults" aria-label="What is wrong">${faults.map((fault) => `<li>${escape(fault)}</li>`).join("")}</ul>`;
}

function choicesOf({ ways }: Topology): string {
  if (ways.length === 0) return "";
  const first = tellingWay(ways);
  const choices = ways.map(
    (way) =>
      `<label><input type="radio" name="way" id="choose-${way.id}"${way === first ? " checked" : ""}>${escape(way.title)}<span class="verdict ${way.verdict}">${verdictWords[way.verdict]}</span></label>`,
  );
  return `<fieldset class="ways"><legend>The way of a request</legend><div class="choices">${choices.join("")}</div></fieldset>`;
}

function key(): string {
  const items = samples.map(
    ([drawn, width, words]) =>
      `<li><svg class="map" viewBox="0 -10 ${width} 12" width="${width}" height="12" aria-hidden="true">${drawn}</svg>${words}</li>`,
  );
  return `<ul class="key" aria-label="Legend">${items.join("")}</ul>`;
}

function stepsOf({ id, title, address, stops, summary }: Way, { elements }: Topology): string {
  const nameOf = (at: string) =>
    fullName(
      elements.find((element) => element.id === at),
      elements,
    );
  const items = stops.map(
    ({ at, text, is }) => `<li class="${is}"><strong>${escape(nameOf(at))}</strong>: ${escape(text)}</li>`,
  );
  return `<section class="steps" data-way="${id}" aria-label="${escape(title)}"><h2>${escape(title)} <span class="address">${escape(address)}</span></h2><ol>${items.join("")}</ol><p class="summary">${escape(summary)}</p></section>`;
}

/** A name that is the same on every node gets the node's. */
function fullName(element: Element | undefined, elements: readonly Element[]): string {
  if (element === undefined) return "";
  const parent = elements.find(({ id }) => id === element.parent);
  return parent?.kind === "node" ? `${element.title} of ${parent.title}` : element.title;
}

function rowOf(element: Element, row: string, { elements }: Topology): string {
  const { kind, health, condition, details } = element;
  const list = details.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`);
  return `<tr id="${row}"><th scope="row">${escape(fullName(element, elements))}</th><td>${kindWords[kind]}</td><td class="${health}">${escape(condition || healthWords[health])}</td><td><dl>${list.join("")}</dl></td></tr>`;
}
