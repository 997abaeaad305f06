import { seconds } from "./plain.js";
import type { Event, Report } from "./report.js";

/** The part of a terminal that the report uses. */
export interface Terminal {
  write(text: string): unknown;
  /** Absent or 0 where the terminal does not report it. */
  readonly columns?: number;
  on?(event: "resize", listener: () => void): unknown;
}

const clearLine = "\r\u001B[2K";
const stageWidth = 13;
const usualColumns = 80;
const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 } as const;

/** Keeps finished actions as lines; the last line shows what is going on and how far it has come. */
export function prettyReport(terminal: Terminal, { colour = true }: { readonly colour?: boolean } = {}): Report {
  const running = new Map<string, { readonly stage: string; text: string }>();
  const paint = (name: keyof typeof colours, text: string) =>
    colour ? `\u001B[${colours[name]}m${text}\u001B[0m` : text;
  const writeLine = (line: string) => terminal.write(`${clearLine}${line}\n`);
  const writeFor = (mark: string, stage: string, text: string) =>
    writeLine(`  ${mark} ${paint("dim", stage.padEnd(stageWidth))} ${text}`);
  const drawStatus = () => {
    const status = fit([...running.values()], (terminal.columns || usualColumns) - 1);
    terminal.write(clearLine + status.replace("…", paint("cyan", "…")));
  };
  terminal.on?.("resize", drawStatus);
  return (event) => {
    switch (event.event) {
      case "action-started":
        running.set(keyOf(event), { stage: event.stage, text: event.action });
        break;
      case "action-ended":
        running.delete(keyOf(event));
        writeFor(
          event.ok ? paint("green", "✔") : paint("red", "✘"),
          event.stage,
          `${event.action} ${paint("dim", seconds(event.ms))}`,
        );
        break;
      case "progress":
        showProgress(running, event);
        break;
      case "note":
        writeFor(paint("yellow", "!"), event.stage, event.message);
        break;
      case "plan":
        writeLine(event.message);
        break;
      case "problem":
        writeLine(`${paint("red", "✘")} ${event.message}`);
        break;
      case "stage-ended":
        for (const [key, { stage }] of running) if (stage === event.stage) running.delete(key);
        break;
    }
    drawStatus();
  };
}

function keyOf({ stage, action }: { readonly stage: string; readonly action: string }): string {
  return `${stage} ${action}`;
}

function showProgress(
  running: Map<string, { readonly stage: string; text: string }>,
  event: Extract<Event, { event: "progress" }>,
): void {
  const last = [...running.values()].findLast(({ stage }) => stage === event.stage);
  if (last) last.text = event.message;
  else running.set(`${event.stage} progress`, { stage: event.stage, text: event.message });
}

/** Renders one line of at most so many columns: a line that wrapped could not be cleared again. */
function fit(texts: readonly { readonly text: string }[], columns: number): string {
  const last = texts.at(-1)?.text.replaceAll(/\s+/g, " ");
  if (last === undefined) return "";
  const more = texts.length > 1 ? ` (and ${texts.length - 1} more)` : "";
  const letters = [...`  … ${last}${more}`];
  return letters.length <= columns ? letters.join("") : `${letters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
