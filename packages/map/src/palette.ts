type Colour = "paper" | "box" | "group" | "ink" | "soft" | "hair" | "way" | "ok" | "bad" | "unsure";
type Palette = Readonly<Record<Colour, string>>;

const light: Palette = {
  paper: "#fbfaf6",
  box: "#ffffff",
  group: "rgba(31, 42, 55, 0.035)",
  ink: "#1d2733",
  soft: "#56616e",
  hair: "#98a2ae",
  way: "#1b5fc1",
  ok: "#25774a",
  bad: "#bf2a2a",
  unsure: "#8a5c00",
};

const dark: Palette = {
  paper: "#10151b",
  box: "#19212a",
  group: "rgba(223, 230, 238, 0.035)",
  ink: "#e2e8ef",
  soft: "#a6b1bd",
  hair: "#5b6874",
  way: "#78b0ff",
  ok: "#5cc48a",
  bad: "#ff7f79",
  unsure: "#dfae55",
};

/**
 * Returns the rules that set the colours: light or dark, as the reader's system is. `chosen`: selectors that hold where a
 * reader has chosen one of them.
 */
export function colours(root: string, chosen?: { readonly light: string; readonly dark: string }): string {
  return [
    rule(root, "light dark", light),
    `@media (prefers-color-scheme: dark) { ${rule(root, "light dark", dark)} }`,
    ...(chosen === undefined ? [] : [rule(chosen.light, "light", light), rule(chosen.dark, "dark", dark)]),
  ].join("\n");
}

function rule(selector: string, scheme: string, palette: Palette): string {
  const variables = Object.entries(palette).map(([name, colour]) => `--${name}: ${colour};`);
  return `${selector} { color-scheme: ${scheme}; ${variables.join(" ")} }`;
}
