import { Board } from "./board.js";
import { drawBoard, signsOf, stageWidth } from "./draw-board.js";
import { LiveRegion, sizeOf, type Terminal } from "./live-region.js";
import { colourPaint, plainPaint } from "./colours.js";
import { pad } from "./paint.js";
import { problemLines, seconds } from "./plain.js";
import type { Event, EventOf } from "./report.js";
import type { Reporter } from "./reporter.js";
import { wrapText } from "./wrap-text.js";

export interface PrettyOptions {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Whether the programs that are started are shown, too. */
  readonly showsCommands?: boolean;
  /** The names of the stages, in the order in which they are shown. */
  readonly stages?: readonly string[];
  /** Milliseconds; replaced by tests. */
  readonly now?: () => number;
}

/** Milliseconds between two pictures: as often as the spinner turns. */
const drawEvery = 120;

/** Shows a tree of what goes on at the end of a terminal. A stage that has ended folds to a line above it. */
export function prettyReporter(terminal: Terminal, options: PrettyOptions): Reporter {
  const { colour, unicode, stages, showsCommands = false, now = () => performance.now() } = options;
  const board = new Board(stages);
  const region = new LiveRegion(terminal);
  const signs = signsOf({ unicode });
  const paint = colour ? colourPaint : plainPaint;
  const lineOf = (mark: string, stage: string, text: string) => `${mark} ${pad(stage, stageWidth)} ${text}`;
  /** Breaks a sentence between words: a terminal would break it anywhere. The mark before it takes some columns. */
  const wrapped = (text: string, taken: number) =>
    wrapText(text, sizeOf(terminal).columns - 1 - taken).join(`\n${" ".repeat(taken)}`);
  let above: string[] = [];
  let isInterrupted = false;
  const failed = new Set<string>();
  /** Interrupted, or once another stage has failed, all that goes on fails, which is no news. */
  const isEndedBy = ({ stage }: Event) => isInterrupted || (failed.size > 0 && !failed.has(stage));
  // A program that may ask for a password has the terminal for itself.
  let attended = 0;

  const draw = () => {
    if (attended > 0) return;
    const { columns, rows } = sizeOf(terminal);
    // The last column and the last row stay free: where they are filled, terminals differ.
    region.draw(drawBoard(board, { columns: columns - 1, rows: rows - 1, colour, unicode }, now()), above);
    above = [];
  };
  const timer = setInterval(draw, drawEvery);
  // The work that is reported keeps the process alive, not its picture.
  timer.unref();
  terminal.on?.("resize", draw);

  const ended = (event: EventOf<"stage-ended">) => {
    const done = `${event.actions} action${event.actions === 1 ? "" : "s"}`;
    const did = event.actions === 0 ? "nothing had to be done" : done;
    const text = event.ok ? did : isEndedBy(event) ? "interrupted" : "failed";
    const mark = event.ok ? paint("green", signs.done) : paint("red", signs.failed);
    return lineOf(mark, event.stage, `${text} ${paint("dim", seconds(event.ms))}`);
  };
  /** What stays to be read of an event. */
  const keep = (event: Event): string | undefined => {
    switch (event.event) {
      case "stage-ended":
        return ended(event);
      case "action-ended":
        if (event.ok || isEndedBy(event)) return undefined;
        return lineOf(paint("red", signs.failed), event.stage, `${event.action} ${paint("dim", seconds(event.ms))}`);
      case "note":
        return lineOf(paint("yellow", "!"), event.stage, wrapped(event.message, stageWidth + 3));
      case "command-started":
        return showsCommands ? paint("dim", lineOf("$", event.stage, event.command)) : undefined;
      case "plan":
        return wrapped(event.message, 0);
      case "interrupting":
        return `${paint("yellow", "!")} ${wrapped(event.message, 2)}`;
      case "problem":
        return `${paint("red", signs.failed)} ${wrapped(problemLines(event).join("\n"), 2)}`;
      default:
        return undefined;
    }
  };

  return {
    report(event) {
      if (event.event === "interrupting") isInterrupted = true;
      if (event.event === "problem") failed.add(event.stage);
      board.update(event, now());
      const kept = keep(event);
      if (kept !== undefined) above.push(...kept.split("\n"));
      if (isAttended(event)) {
        if (event.event === "command-started") {
          draw();
          region.erase();
          attended++;
        } else attended--;
      }
      // What stays must not be lost when the process ends.
      if (event.event === "problem") draw();
    },
    print(text, output) {
      draw();
      region.erase();
      output.write(`${text}\n`);
    },
    end() {
      clearInterval(timer);
      terminal.off?.("resize", draw);
      attended = 0;
      board.stages.clear();
      draw();
    },
  };
}

function isAttended(event: Event): event is EventOf<"command-started"> | EventOf<"command-ended"> {
  return (event.event === "command-started" || event.event === "command-ended") && event.attended === true;
}
