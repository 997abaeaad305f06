import type { Board, StageOnBoard, Task } from "./board.js";
import type { Meter } from "./meter.js";
import { pad, paintLine, type Piece, widthOf } from "./paint.js";
import { amount, duration, rateOf } from "./quantities.js";

/** What the picture of a run is drawn on. */
export interface Canvas {
  readonly columns: number;
  /** The picture is never higher. */
  readonly rows: number;
  readonly colour: boolean;
  /** Whether the terminal has more signs than those of ASCII. */
  readonly unicode: boolean;
}

/** A line of the picture; of those that find no room, the ones of the highest rank go first. */
interface Row {
  readonly pieces: readonly Piece[];
  readonly rank: Rank;
}

type Rank = (typeof rank)[keyof typeof rank];
const rank = { atWork: 0, running: 1, bar: 2, waiting: 3, rested: 4 } as const;

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const asciiFrames = ["|", "/", "-", "\\"];
/** Milliseconds. */
const frameTime = 120;
export const stageWidth = 13;

export interface Signs {
  readonly done: string;
  readonly failed: string;
  readonly waiting: string;
  readonly full: string;
  readonly empty: string;
}

export function signsOf({ unicode }: Pick<Canvas, "unicode">): Signs {
  return unicode
    ? { done: "✔", failed: "✘", waiting: "◦", full: "█", empty: "░" }
    : { done: "+", failed: "x", waiting: ".", full: "#", empty: "." };
}

/** Draws what goes on as a tree of stages, machines and bars; `now` is of the board's clock. */
export function drawBoard({ stages }: Board, canvas: Canvas, now: number): readonly string[] {
  const rows = [...stages.values()].flatMap((stage) => stageRows(stage, canvas, now));
  return fitRows(rows, canvas.rows).map(({ pieces }) => paintLine(pieces, canvas));
}

function stageRows(stage: StageOnBoard, canvas: Canvas, now: number): readonly Row[] {
  const { name, step, running } = stage;
  const signs = signsOf(canvas);
  if (step === undefined && running.size === 0) {
    const pieces: Piece[] = [`${signs.waiting} ${pad(name, stageWidth)} `, "waiting"];
    return [{ pieces: [["dim", pieces.join("")]], rank: rank.waiting }];
  }
  const spinner = canvas.unicode ? frames : asciiFrames;
  const frame = spinner[Math.floor(now / frameTime) % spinner.length] ?? "";
  const tasks = [...running.values()];
  // A command without steps tells what it does in its one task.
  const [only] = step === undefined ? tasks : [];
  const elapsed = step === undefined ? now - (only?.since ?? now) : stage.worked + now - step.since;
  const head: Piece[] = [
    ["cyan", frame],
    ` ${pad(name, stageWidth)} `,
    ["dim", duration(elapsed).padStart(6)],
    `  ${step?.title ?? only?.text ?? ""}`,
  ];
  const below = only === undefined ? tasksInOrder(stage).flatMap((task) => taskRows(task, canvas, now)) : [];
  return [{ pieces: head, rank: rank.atWork }, ...below, ...(only === undefined ? [] : barRows(only, canvas, now))];
}

/** Returns what goes on and what has been done, machine by machine. */
function tasksInOrder({ running, rested, subjects }: StageOnBoard): readonly Task[] {
  const order = [...subjects];
  const place = ({ subject }: Task) => (subject === undefined ? -1 : order.indexOf(subject));
  const tasks = [...running.values(), ...rested.values()].toSorted((a, b) => place(a) - place(b));
  // A machine is named once, however much is done there.
  return tasks.map((task, index) =>
    tasks[index - 1]?.subject === task.subject ? { ...task, subject: undefined } : task,
  );
}

function taskRows(task: Task, canvas: Canvas, now: number): readonly Row[] {
  const { subject = "", text, since, message, took } = task;
  if (took !== undefined) return [restedRow(task, took, signsOf(canvas))];
  // What it waits for tells more than what it does.
  const said = message ?? text;
  const pieces: Piece[] = [
    `    ${pad(subject, stageWidth - 2)} `,
    ["dim", duration(now - since).padStart(6)],
    `  ${said}`,
  ];
  return [{ pieces, rank: rank.running }, ...barRows(task, canvas, now)];
}

function restedRow({ subject = "", text }: Task, took: number, { done }: Signs): Row {
  const pieces: Piece[] = [
    "  ",
    ["green", done],
    ["dim", ` ${pad(subject, stageWidth - 2)} ${duration(took).padStart(6)}  ${text}`],
  ];
  return { pieces, rank: rank.rested };
}

function barRows({ meters }: Task, canvas: Canvas, now: number): readonly Row[] {
  const all = [...meters];
  const open = all.filter(([, meter]) => !meter.isDone);
  // Of what is over nothing is shown, unless it is all that there is.
  const shown = open.length > 0 ? open : all.slice(-1);
  const width = Math.max(...shown.map(([of]) => widthOf(of)));
  return shown.map(([of, meter]) => ({ pieces: barPieces(pad(of, width), meter, canvas, now), rank: rank.bar }));
}

const indent = "      ";

function barPieces(name: string, meter: Meter, canvas: Canvas, now: number): readonly Piece[] {
  const { extent, share } = meter;
  const rate = meter.isDone ? undefined : meter.rate(now);
  const left = meter.isDone ? undefined : meter.left(now);
  const size = amount(extent);
  const speed = rate === undefined ? "" : rateOf(rate, extent.unit);
  const time = left === undefined ? "" : `${duration(left)} left`;
  // Where not all of it finds room, how long it takes counts most.
  const choices = [[size, speed, time], [size, time], time === "" ? [size] : [time]].map((facts) =>
    facts.filter((fact) => fact !== "").join("  "),
  );
  const label = name.trim() === "" ? indent : `${indent}${name}  `;
  const signs = signsOf(canvas);
  const width = canvas.columns >= 70 ? 20 : 8;
  const full = Math.floor((share ?? 0) * width);
  const bar = share === undefined ? "" : `${signs.full.repeat(full)}${signs.empty.repeat(width - full)}`;
  const percent = share === undefined ? "" : ` ${String(Math.floor(share * 100)).padStart(3)} %  `;
  const room = canvas.columns - widthOf(label) - widthOf(bar) - widthOf(percent);
  const facts = choices.find((choice) => widthOf(choice) <= room) ?? choices.at(-1) ?? "";
  return [label, ["cyan", bar.slice(0, full)], ["dim", bar.slice(full)], percent, facts];
}

/** Leaves rows out until the others find room, and tells how many. */
function fitRows(rows: readonly Row[], room: number): readonly Row[] {
  if (rows.length <= room) return rows;
  if (room <= 0) return [];
  const kept = new Set(rows.toSorted((a, b) => a.rank - b.rank).slice(0, room - 1));
  const more: Row = { pieces: [["dim", `    and ${rows.length - kept.size} more lines`]], rank: rank.atWork };
  return [...rows.filter((row) => kept.has(row)), more];
}
