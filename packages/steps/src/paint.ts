import { stripVTControlCharacters } from "node:util";
import cliTruncate from "cli-truncate";
import stringWidth from "string-width";

/** A piece of a line, in one style. */
export type Piece = string | readonly [style: Style, text: string];
export type Style = keyof typeof codes;

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

/** Renders pieces as one line of at most so many columns: a line that wrapped could not be drawn over. */
export function paintLine(pieces: readonly Piece[], { columns, colour }: { columns: number; colour: boolean }): string {
  let [line, room] = ["", columns];
  for (const piece of pieces) {
    const [style, written] = typeof piece === "string" ? [undefined, piece] : piece;
    const text = withoutControls(written);
    const width = widthOf(text);
    const shown = width <= room ? text : room <= 0 ? "" : cliTruncate(text, room);
    line += paint(shown, colour ? style : undefined);
    room -= Math.min(width, room);
    // The sign of what was cut off stands at the very end.
    if (width > room && shown !== text) break;
  }
  return line;
}

export function paint(text: string, style: Style | undefined): string {
  return style === undefined || text === "" ? text : `\u001B[${codes[style]}m${text}\u001B[0m`;
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
