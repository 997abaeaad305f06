import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LiveRegion } from "../src/live-region.js";

const test = suite("steps live-region");

function terminal(columns = 80, rows = 24) {
  const written: string[] = [];
  const tty = { columns, rows, write: (text: string) => void written.push(text) };
  return { tty, region: new LiveRegion(tty), last: () => (written.at(-1) ?? "").replaceAll("\u001B", "^"), written };
}

test("the next lines are drawn over the last ones, in one write", () => {
  const { region, last, written } = terminal();
  region.draw(["a", "b"]);
  assert.is(last(), "\ra^[K\nb^[K\n^[J");
  region.draw(["c"], ["stays"]);
  assert.is(last(), "\r^[2Astays^[K\nc^[K\n^[J");
  region.draw(["c"]);
  assert.is(written.length, 2, "what is the same is not drawn again");
  region.erase();
  assert.is(last(), "\r^[1A^[J");
  region.erase();
  assert.is(written.length, 3);
});

test("a terminal that was made narrower has wrapped the lines, and one that was made lower has lost some", () => {
  const { region, last, tty } = terminal();
  region.draw(["x".repeat(79), "\u001B[32m✔\u001B[0m short"]);
  tty.columns = 40;
  region.draw(["y"]);
  assert.match(last(), /^\r\^\[3Ay/);
  region.draw(Array.from({ length: 20 }, () => "z"));
  tty.rows = 10;
  region.erase();
  assert.is(last(), "\r^[9A^[J");
});

test.run();
