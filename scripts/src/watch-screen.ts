import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";

/** The part of a terminal that is drawn on. */
export interface Screen {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** The part of a terminal that keys come from. */
export interface Keys {
  setRawMode(raw: boolean): unknown;
  on(event: "data", listener: (data: Buffer) => void): unknown;
  off(event: "data", listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface Watching {
  readonly screen: Screen;
  readonly keys: Keys;
  /** Milliseconds from the end of a look to the beginning of the next. */
  readonly every: number;
  readonly signal: AbortSignal;
  /** What is drawn until then. */
  readonly first?: string;
  /** Looks at what is watched, and renders it. */
  look(signal: AbortSignal): Promise<string>;
}

const escape = "\u001B[";
const open = `${escape}?1049h${escape}?25l`;
const close = `${escape}?25h${escape}?1049l`;
/** Terminals that know it show what lies between at once; others ignore it. */
const together = [`${escape}?2026h`, `${escape}?2026l`] as const;
/** In raw mode, Ctrl-C and Ctrl-D are characters. */
const ending = ["q", "Q", "\u0003", "\u0004"];
const usual = { columns: 80, rows: 24 };

/**
 * Draws what `look` renders on a screen of its own, again and again, until q or Ctrl-C is pressed, or the signal comes. The
 * screen from before is there again in the end, whatever ends it.
 */
export async function watchScreen({ screen, keys, every, signal, first = "", look }: Watching): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  let text = first;
  const draw = () => void screen.write(frame(text, screen));
  const press = (data: Buffer) => {
    if (ending.includes(data.toString().charAt(0))) over.abort();
  };
  screen.write(open);
  screen.on("resize", draw);
  keys.setRawMode(true);
  keys.on("data", press);
  keys.resume();
  draw();
  try {
    for (;;) {
      await sleep(every, undefined, { signal: either });
      text = await look(either);
      draw();
    }
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    screen.off("resize", draw);
    keys.off("data", press);
    keys.setRawMode(false);
    keys.pause();
    screen.write(close);
  }
}

/** Renders a frame over the one before: nothing is cleared that is written again, so that nothing flickers. */
export function frame(text: string, { columns, rows }: Pick<Screen, "columns" | "rows">): string {
  // A terminal that reports a size of 0 has none to report.
  const [wide, high] = [columns || usual.columns, rows || usual.rows];
  const lines = text.split("\n");
  const hidden = lines.length - high;
  const shown = hidden > 0 ? [...lines.slice(0, high - 1), `… ${hidden + 1} more lines`] : lines;
  const drawn = shown.map((line) => `${cut(line, wide)}${escape}0m${escape}K`);
  return `${together[0]}${escape}H${drawn.join("\r\n")}${escape}J${together[1]}`;
}

/** Cuts a line that is too long for the terminal; one that is cut loses its colours. */
function cut(line: string, columns: number): string {
  const plain = [...stripVTControlCharacters(line)];
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1).join("")}…`;
}

/** Writes what `look` returns whenever it differs from what it was, until the signal comes. */
export async function watchLines({
  every,
  signal,
  look,
  write,
}: Pick<Watching, "every" | "signal" | "look"> & { readonly write: (line: string) => unknown }): Promise<void> {
  let last = "";
  try {
    for (;;) {
      const line = await look(signal);
      if (line !== last) write(line);
      last = line;
      await sleep(every, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
