import { stripVTControlCharacters, styleText } from "node:util";
import { seconds } from "./plain.js";
import type { Event, Report } from "./report.js";

/** The part of a terminal that the report uses. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
}

const clearLine = "\r\u001B[2K";
const stageWidth = 13;

/** Finished actions stay as lines; the last line shows what is going on and how far it has come. */
export function prettyReport(terminal: Terminal): Report {
  const running = new Map<string, { readonly stage: string; text: string }>();
  const say = (line: string) => terminal.write(`${clearLine}${line}\n`);
  const drawStatus = () => {
    const texts = [...running.values()].map(({ text }) => text);
    const status =
      texts.length === 0
        ? ""
        : `  ${styleText("cyan", "…")} ${texts.at(-1)}${texts.length > 1 ? ` (and ${texts.length - 1} more)` : ""}`;
    terminal.write(clearLine + cut(status, (terminal.columns ?? 80) - 1));
  };
  return (event) => {
    const key = "action" in event ? `${event.stage} ${event.action}` : "";
    switch (event.event) {
      case "action-started":
        running.set(key, { stage: event.stage, text: event.action });
        break;
      case "action-ended":
        running.delete(key);
        say(
          `  ${event.ok ? styleText("green", "✔") : styleText("red", "✘")} ${styleText("dim", event.stage.padEnd(stageWidth))} ${event.action} ${styleText("dim", seconds(event.ms))}`,
        );
        break;
      case "progress":
        showProgress(running, event);
        break;
      case "note":
        say(`  ${styleText("yellow", "!")} ${styleText("dim", event.stage.padEnd(stageWidth))} ${event.message}`);
        break;
      case "problem":
        running.clear();
        say(`${styleText("red", "✘")} ${event.message}`);
        break;
    }
    drawStatus();
  };
}

function showProgress(
  running: Map<string, { readonly stage: string; text: string }>,
  event: Extract<Event, { event: "progress" }>,
): void {
  const last = [...running.values()].findLast(({ stage }) => stage === event.stage);
  if (last) last.text = event.message;
  else running.set(`${event.stage} progress`, { stage: event.stage, text: event.message });
}

function cut(text: string, columns: number): string {
  return stripVTControlCharacters(text).length <= columns
    ? text
    : `${stripVTControlCharacters(text).slice(0, columns - 1)}…`;
}
