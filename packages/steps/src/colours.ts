const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

export type Colour = keyof typeof codes;

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const plainPaint: Paint = (_, text) => text;

export const colourPaint: Paint = (colour, text) => (text === "" ? "" : `\u001B[${codes[colour]}m${text}\u001B[0m`);

/** Returns what paints for a stream: only on a terminal, and not where NO_COLOR is set and not empty (https://no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  return stream.isTTY !== true || env.NO_COLOR || env.TERM === "dumb" ? plainPaint : colourPaint;
}
