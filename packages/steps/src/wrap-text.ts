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
    else if (last.trim() === "" || last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}
