/** Sizes of the picture's text, in pixels; page/drawing.css sets the same. */
const titleSize = 13;
const lineSize = 11;
export const titleHeight = 18;
export const lineHeight = 15;

/** Widths as parts of the size: bold text without serifs, and text whose characters are all as wide. Wide fonts fit, too. */
const titleAdvance = 0.66;
const lineAdvance = 0.615;

export function titleWidth(text: string): number {
  return Math.ceil(text.length * titleSize * titleAdvance);
}

export function lineWidth(text: string): number {
  return Math.ceil(text.length * lineSize * lineAdvance);
}

/** Shortens a name that would make the picture wide; the details have all of it. */
export function shorten(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
