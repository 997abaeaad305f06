import { stripVTControlCharacters } from "node:util";
import cliTruncate from "cli-truncate";
import stringWidth from "string-width";
import { type Colour, colourPaint } from "./colours.js";

/** A piece of a line, in one colour. */
export type Piece = string | readonly [colour: Colour, text: string];

/** Renders pieces as one line of at most so many columns: a line that wrapped could not be drawn over. */
export function paintLine(pieces: readonly Piece[], { columns, colour }: { columns: number; colour: boolean }): string {
  let [line, room] = ["", columns];
  for (const piece of pieces) {
    const [own, written] = typeof piece === "string" ? [undefined, piece] : piece;
    const text = withoutControls(written);
    const width = widthOf(text);
    const shown = width <= room ? text : room <= 0 ? "" : cliTruncate(text, room);
    line += colour && own !== undefined ? colourPaint(own, shown) : shown;
    room -= Math.min(width, room);
    // The sign of what was cut off stands at the very end.
    if (width > room && shown !== text) break;
  }
  return line;
}

/** Returns how many columns a text takes on a terminal. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text);
}

/** Fills up with spaces to so many columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** Nearly all text is, and need not be measured letter by letter. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7E]*$/.test(text);
}

/** What a program has printed may move the cursor, or break the line. */
function withoutControls(text: string): string {
  if (isPlain(text)) return text;
  return stripVTControlCharacters(text.replaceAll(/[\t\r\n]+ */g, " ")).replaceAll(/\p{Cc}/gu, "");
}
