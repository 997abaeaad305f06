import { suite } from "uvu";
import * as assert from "uvu/assert";
import { colours } from "../src/palette.js";

const test = suite("map: palette");

/** The contrast of two colours as WCAG computes it: 21 for black on white. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const palettes = colours("svg")
  .split("\n")
  .map((rule) =>
    Object.fromEntries([...rule.matchAll(/--(\w+): (#\w{6});/g)].map(([, name, colour]) => [name, colour])),
  );

for (const [index, palette] of palettes.entries()) {
  test(`${["light", "dark"][index]}: text can be read on paper and in boxes`, () => {
    for (const text of ["ink", "soft", "ok", "bad", "unsure", "way"]) {
      for (const ground of ["paper", "box"]) {
        const seen = contrast(palette[text] ?? "", palette[ground] ?? "");
        assert.ok(seen >= 4.5, `${text} on ${ground}: ${seen.toFixed(2)}`);
      }
    }
  });
}

test("there are two, and the dark one is the system's wish", () => {
  assert.is(palettes.length, 2);
  assert.match(colours("svg").split("\n")[1] ?? "", /^@media \(prefers-color-scheme: dark\)/);
});

test.run();
