import { EventEmitter } from "node:events";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { frame, watchLines, watchScreen } from "../src/watch-screen.js";

const test = suite("scripts watch-screen");
const escape = "\u001B[";

class Terminal extends EventEmitter {
  readonly written: string[] = [];
  readonly modes: boolean[] = [];
  columns = 20;
  rows = 4;
  write(text: string) {
    this.written.push(text);
  }
  setRawMode(raw: boolean) {
    this.modes.push(raw);
  }
  resume() {}
  pause() {}
}

const untilLooked = (looks: number, act: () => void) => {
  let looked = 0;
  return async () => {
    if (++looked === looks) act();
    return `look ${looked}`;
  };
};

for (const [name, key] of [
  ["q", "q"],
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
] as const) {
  test(`${name} ends it, and the screen from before is there again`, async () => {
    const terminal = new Terminal();
    const look = untilLooked(2, () => terminal.emit("data", Buffer.from(key)));
    const { signal } = new AbortController();
    await watchScreen({ screen: terminal, keys: terminal, every: 1, signal, first: "first", look });
    assert.match(terminal.written[0] ?? "", `${escape}?1049h`);
    assert.match(terminal.written[1] ?? "", "first");
    assert.match(terminal.written[2] ?? "", "look 1");
    assert.is(terminal.written.at(-1), `${escape}?25h${escape}?1049l`);
    assert.equal(terminal.modes, [true, false]);
    assert.is(terminal.listenerCount("data") + terminal.listenerCount("resize"), 0);
  });
}

test("another key does not end it, a signal does", async () => {
  const terminal = new Terminal();
  const over = new AbortController();
  let looks = 0;
  await watchScreen({
    screen: terminal,
    keys: terminal,
    every: 1,
    signal: over.signal,
    look: async () => {
      if (++looks === 1) terminal.emit("data", Buffer.from("x"));
      if (looks === 3) over.abort();
      return "";
    },
  });
  assert.is(looks, 3);
  assert.equal(terminal.modes, [true, false]);
});

test("another size is drawn at once", async () => {
  const terminal = new Terminal();
  const look = untilLooked(2, () => terminal.emit("data", Buffer.from("q")));
  const watching = watchScreen({
    screen: terminal,
    keys: terminal,
    every: 20,
    signal: new AbortController().signal,
    first: "a long line that is cut",
    look,
  });
  terminal.columns = 10;
  terminal.emit("resize");
  assert.match(terminal.written.at(-1) ?? "", "a long li…");
  await watching;
});

test("a failure of a look is told, on the screen from before", async () => {
  const terminal = new Terminal();
  const { signal } = new AbortController();
  const failed = () => Promise.reject(new Error("no lab"));
  const watching = watchScreen({ screen: terminal, keys: terminal, every: 1, signal, look: failed });
  assert.match(String(await watching.catch((error: unknown) => error)), "no lab");
  assert.is(terminal.written.at(-1), `${escape}?25h${escape}?1049l`);
});

test("a frame clears only what it does not write, and fits the screen", () => {
  const drawn = frame("one\ntwo", { columns: 20, rows: 4 });
  assert.not.match(drawn, `${escape}2J`);
  assert.is(
    drawn,
    `${escape}?2026h${escape}Hone${escape}0m${escape}K\r\ntwo${escape}0m${escape}K${escape}J${escape}?2026l`,
  );
  const tall = frame("1\n2\n3\n4\n5\n6", { columns: 20, rows: 4 });
  assert.match(tall, "3");
  assert.match(tall, "… 3 more lines");
  assert.not.match(tall, "4");
  assert.is(tall.split("\r\n").length, 4);
  assert.is(frame("a\nb", { columns: 0, rows: 0 }).split("\r\n").length, 2, "a terminal that does not tell its size");
});

test("a coloured line counts by what is seen of it", () => {
  const line = `${escape}31mred${escape}0m`;
  assert.match(frame(line, { columns: 3, rows: 1 }), line);
  assert.match(frame(line, { columns: 2, rows: 1 }), "r…");
});

test("lines are written when something has changed", async () => {
  const over = new AbortController();
  const lines: string[] = [];
  const looks = ["a", "a", "b", "a"];
  await watchLines({
    every: 1,
    signal: over.signal,
    look: async () => {
      const next = looks.shift();
      if (next === undefined) over.abort();
      return next ?? "a";
    },
    write: (line) => lines.push(line),
  });
  assert.equal(lines, ["a", "b", "a"]);
});

test.run();
