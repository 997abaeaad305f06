import { rowsOf, seconds, type Upping } from "./chart.js";
import { escape, renderSvg } from "./render-svg.js";

/** Renders a page that is complete in itself: no script, and nothing from a network. `about`: what was measured, where. */
export function renderWaterfall(up: Upping, about: string): string {
  const title = `lab:up from nothing: ${seconds(up.took)}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
${style}
</style>
<h1>${escape(title)}</h1>
<p>${escape(about)}</p>
<p class="legend">${legend.map(([kind, text]) => `<span><i class="${kind}"></i>${text}</span>`).join("\n")}</p>
${renderSvg(rowsOf(up), up.took)}
</html>
`;
}

const legend: readonly (readonly [kind: string, text: string])[] = [
  ["critical", "on the critical path: what the end had waited for"],
  ["critical nothing", "critical, and nothing was reported"],
  ["action", "action"],
  ["step", "step, from its first look to its last"],
  ["look", "step that found nothing to do"],
  ["node", "what a node did until the event"],
];

const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --faint: #59636e; --grid: #e4e7eb;
  --critical: #d9480f; --nothing: #868e96; --action: #74a9dc; --step: #cfd6de; --look: #a9b4c0; --node: #9775d6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --text: #e6e9ed; --faint: #98a2ae; --grid: #2a3038;
    --critical: #ff8f4d; --nothing: #7d8590; --action: #3f76ad; --step: #3a424c; --look: #5b6672; --node: #7a5cc0;
  }
}
body { margin: 24px; background: var(--page); color: var(--text); font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { margin: 0; font-size: 22px; }
p { margin: 4px 0; color: var(--faint); }
.legend span { display: inline-block; margin-right: 20px; }
.legend i { display: inline-block; width: 14px; height: 10px; margin-right: 6px; border-radius: 2px; }
svg { display: block; max-width: 100%; height: auto; }
svg text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--text); }
svg text.heading { font-size: 14px; font-weight: 600; }
svg text.note, svg text.axis { fill: var(--faint); font-size: 11px; }
.grid { stroke: var(--grid); }
.action { fill: var(--action); background: var(--action); }
.step { fill: var(--step); background: var(--step); }
.look { fill: var(--look); background: var(--look); }
.node { fill: var(--node); background: var(--node); }
.critical { fill: var(--critical); background: var(--critical); }
.critical.nothing { fill: var(--nothing); background: var(--nothing); }
`.trim();
