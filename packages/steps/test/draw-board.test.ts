import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Board } from "../src/board.js";
import { type Canvas, drawBoard } from "../src/draw-board.js";
import type { Event } from "../src/index.js";
import { widthOf } from "../src/paint.js";
import { composedUp, readRecorded, recordedUp } from "./recorded/read.js";

const test = suite("steps draw-board");
const canvas: Canvas = { columns: 79, rows: 23, colour: false, unicode: true };
const stages = ["host-network", "machines", "cluster", "registry"];

/** The board after what was reported at so many milliseconds. */
function boardAt(events: readonly (readonly [at: number, event: Event])[]): Board {
  const board = new Board(stages);
  for (const [at, event] of events) board.update(event, at);
  return board;
}

const step = { stage: "machines", id: "start-machines", step: "Start machines" } as const;
const action = (on: string) => ({ ...step, action: `${on}: start`, on, kind: "change" }) as const;

test("a stage shows its step, and every machine what is done there, in the order of the machines", () => {
  const board = boardAt([
    [0, { event: "stage-started", stage: "cluster" }],
    [0, { event: "stage-started", stage: "machines" }],
    [0, { event: "step-started", ...step }],
    [0, { event: "action-started", ...action("multi") }],
    [0, { event: "action-started", ...action("agent1") }],
    [3000, { event: "action-ended", ...action("multi"), ok: true, ms: 3000 }],
  ]);
  assert.equal(drawBoard(board, canvas, 4200), [
    "⠴ machines         4 s  Start machines",
    "  ✔ multi          3 s  start",
    "    agent1         4 s  start",
    "◦ cluster       waiting",
  ]);
});

test("a machine on which several things go on is named once, and what is waited for is told", () => {
  const board = boardAt([
    [0, { event: "step-started", ...step }],
    [0, { event: "action-started", ...action("multi") }],
    [0, { event: "action-started", ...action("agent1") }],
    [0, { event: "action-started", ...step, action: "multi: guard the node", on: "multi", kind: "make" }],
    [0, { event: "progress", stage: "machines", action: "agent1: start", message: "agent1 has no address yet" }],
  ]);
  assert.equal(drawBoard(board, canvas, 0).slice(1), [
    "    multi          0 s  start",
    "                   0 s  guard the node",
    "    agent1         0 s  agent1 has no address yet",
  ]);
});

test("what has an end has a bar, with rate and time; what is over has none beside others", () => {
  const fetch = { stage: "cluster", id: "fetch-k3s", step: "Fetch K3s" } as const;
  const it = { ...fetch, action: "host: fetch K3s", on: "host", kind: "make" } as const;
  const progress = (of: string, done: number, total: number): Event => ({
    event: "progress",
    stage: "cluster",
    action: it.action,
    message: "",
    of,
    done,
    total,
    unit: "packages",
  });
  const board = boardAt([
    [0, { event: "step-started", ...fetch }],
    [0, { event: "action-started", ...it }],
    [0, progress("download", 9, 9)],
    [0, progress("k3s", 0, 2000)],
    [0, progress("runc", 0, 100)],
    [10_000, progress("k3s", 1000, 2000)],
    [10_000, progress("runc", 10, 100)],
  ]);
  const [, , ...bars] = drawBoard(board, canvas, 10_000);
  assert.equal(bars, [
    "      k3s   ██████████░░░░░░░░░░  50 %  1,000 of 2,000 packages  10 s left",
    "      runc  ██░░░░░░░░░░░░░░░░░░  10 %  10 of 100 packages  1 min 30 s left",
  ]);
  const [, , wide] = drawBoard(board, { ...canvas, columns: 99 }, 10_000);
  assert.is(wide, "      k3s   ██████████░░░░░░░░░░  50 %  1,000 of 2,000 packages  100/s  10 s left");
  const [, , narrow] = drawBoard(board, { ...canvas, columns: 39, unicode: false }, 10_000);
  assert.is(narrow, "      k3s   ####....  50 %  10 s left");
});

test("a command without steps shows its last word, and a bar below", () => {
  const board = boardAt([
    [0, { event: "progress", stage: "push", message: "pushing multi:5000/hello:1" }],
    [
      0,
      { event: "progress", stage: "push", message: "", of: "layer 47a606483bfc", done: 0, total: 100, unit: "bytes" },
    ],
    [
      2000,
      { event: "progress", stage: "push", message: "", of: "layer 47a606483bfc", done: 50, total: 100, unit: "bytes" },
    ],
  ]);
  assert.equal(drawBoard(board, canvas, 2000), [
    "⠦ push             2 s  pushing multi:5000/hello:1",
    "      layer 47a606483bfc  ██████████░░░░░░░░░░  50 %  50 of 100 B  2 s left",
  ]);
});

test("nothing is left of a stage that has ended", () => {
  const board = boardAt([
    [0, { event: "step-started", ...step }],
    [0, { event: "action-started", ...action("multi") }],
    [9, { event: "stage-ended", stage: "machines", ok: false, ms: 9, actions: 0 }],
  ]);
  assert.equal(drawBoard(board, canvas, 10), []);
});

for (const [columns, rows] of [
  [79, 23],
  [39, 9],
  [20, 3],
  [5, 2],
  [1, 1],
] as const) {
  test(`a whole lab:up never wraps, nor grows higher than a terminal of ${columns} by ${rows}`, () => {
    for (const recorded of [recordedUp, composedUp]) {
      const board = new Board(stages);
      for (const { at, event } of readRecorded(recorded)) {
        board.update(event, at);
        const lines = drawBoard(board, { ...canvas, columns, rows }, at);
        assert.ok(lines.length <= rows, `${lines.length} lines`);
        for (const line of lines) assert.ok(widthOf(line) <= columns, line);
      }
      assert.equal(drawBoard(board, canvas, 99_999), []);
    }
  });
}

test("where not everything finds room, stages at work stay, and the rest is counted", () => {
  const events: (readonly [number, Event])[] = [
    [0, { event: "stage-started", stage: "registry" }],
    [0, { event: "step-started", ...step }],
  ];
  for (let n = 1; n <= 9; n++) events.push([0, { event: "action-started", ...action(`agent${n}`) }]);
  for (let n = 1; n <= 3; n++) events.push([0, { event: "action-ended", ...action(`agent${n}`), ok: true, ms: 1 }]);
  const lines = drawBoard(boardAt(events), { ...canvas, rows: 5 }, 0);
  assert.equal(lines, [
    "⠋ machines         0 s  Start machines",
    "    agent4         0 s  start",
    "    agent5         0 s  start",
    "    agent6         0 s  start",
    "    and 7 more lines",
  ]);
});

test("what programs print cannot move the cursor, and wide letters count twice", () => {
  const board = boardAt([[0, { event: "progress", stage: "push", message: "\u001B[2J一二三\r\nfour\u0007" }]]);
  const [line = ""] = drawBoard(board, canvas, 0);
  assert.is(line, "⠋ push             0 s  一二三 four");
  const [cut = ""] = drawBoard(board, { ...canvas, columns: 27 }, 0);
  assert.is(cut, "⠋ push             0 s  一…");
});

test("without colour there are no escapes; with it, the signs have some", () => {
  const board = boardAt([[0, { event: "step-started", ...step }]]);
  assert.not.match(drawBoard(board, canvas, 0).join(""), "\u001B");
  assert.match(drawBoard(board, { ...canvas, colour: true }, 0).join(""), "\u001B[36m⠋\u001B[0m");
});

test.run();
