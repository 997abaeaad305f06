import { stripVTControlCharacters } from "node:util";
import { widthOf } from "./paint.js";

/** The part of a terminal that a report uses. */
export interface Terminal {
  write(text: string): unknown;
  /** Absent or 0 where the terminal does not report it. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

const usual = { columns: 80, rows: 24 } as const;

/** Returns a terminal's size; that of the oldest terminals where it is not known. */
export function sizeOf({ columns, rows }: Terminal): { readonly columns: number; readonly rows: number } {
  return { columns: columns || usual.columns, rows: rows || usual.rows };
}

/** The last lines of a terminal, which are drawn over; what is to stay is written above them. */
export class LiveRegion {
  readonly #terminal: Terminal;
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /**
   * Draws these lines in place of the last ones, below lines that stay. In one write, and each line over the old one, so that
   * nothing flickers. The lines must be narrower than the terminal, and fewer than its rows.
   */
  draw(lines: readonly string[], above: readonly string[] = []): void {
    if (above.length === 0 && isSame(lines, this.#drawn)) return;
    const written = [...above, ...lines].map((line) => `${line}\u001B[K\n`).join("");
    this.#terminal.write(`${this.#toTop()}${written}\u001B[J`);
    this.#drawn = lines;
  }

  /** Takes the lines away; the next ones are drawn where other programs have left the cursor. */
  erase(): void {
    if (this.#drawn.length === 0) return;
    this.#terminal.write(`${this.#toTop()}\u001B[J`);
    this.#drawn = [];
  }

  #toTop(): string {
    // A terminal that was made narrower has wrapped what was drawn.
    const { columns, rows } = sizeOf(this.#terminal);
    const height = this.#drawn.reduce((sum, line) => sum + heightOf(line, columns), 0);
    const up = Math.min(height, rows - 1);
    return up === 0 ? "\r" : `\r\u001B[${up}A`;
  }
}

function heightOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns));
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((line, index) => line === others[index]);
}
