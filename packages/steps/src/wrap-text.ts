import { stripVTControlCharacters } from "node:util";

/**
 * Breaks a text into lines of at most so many columns, between words; a longer word, such as a path, stays whole. Line breaks of
 * its own stay, too. What a line is continued by stands under it, behind so many more spaces.
 */
export function wrapText(text: string, columns: number, further = 0): readonly string[] {
  return text.split("\n").flatMap((paragraph) => wrapLine(paragraph, columns, further));
}

function wrapLine(text: string, columns: number, further: number): readonly string[] {
  const indent = " ".repeat((/^ */.exec(text)?.[0].length ?? 0) + further);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.trim() === "" || shownLength(last) + 1 + shownLength(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}

function shownLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Breaks a text between words where it goes to a terminal, which would break it anywhere; elsewhere a line stays a line. */
export function fitTo(
  { isTTY = false, columns = 0 }: { readonly isTTY?: boolean; readonly columns?: number },
  text: string,
): string {
  return isTTY && columns > 0 ? wrapText(text, columns - 1, 2).join("\n") : text;
}
