import type { StandIns } from "./stand-ins.js";

/** Takes one kind of thing out of a text. */
export type Rule = (text: string, standIns: StandIns) => string;

/** Escapes a text for a regular expression. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
