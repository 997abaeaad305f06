import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderTerminal, withoutRepeats } from "./terminal-svg.js";

const test = suite("docs terminal-svg");
const size = { columns: 40, rows: 3 };

test("what stands still is shown once, and not for long", () => {
  const frames = [
    { at: 0, screen: "$" },
    { at: 200, screen: "$" },
    { at: 400, screen: "$ a" },
    { at: 60_000, screen: "done" },
  ];
  assert.equal(withoutRepeats(frames), [
    { at: 0, screen: "$" },
    { at: 400, screen: "$ a" },
    { at: 1200, screen: "done" },
  ]);
});

test("a line is drawn once, however often it is shown", () => {
  const svg = renderTerminal(
    [
      { at: 0, screen: "$ up\n" },
      { at: 500, screen: "$ up\nReady" },
    ],
    size,
    "a session",
  );
  assert.is(svg.match(/\$ up/g)?.length, 1);
  assert.is(svg.match(/<use href="#l0" y="0"\/>/g)?.length, 2);
  assert.is(svg.match(/<use href="#l1" y="18"\/>/g)?.length, 1);
});

test("colours and weights are kept, also over the end of a line", () => {
  const svg = renderTerminal(
    [{ at: 0, screen: "\u001B[32mgreen\nstill\u001B[0m \u001B[1mbold\u001B[0m" }],
    size,
    "a session",
  );
  assert.match(svg, /<tspan x="0" textLength="42" style="fill:#3fb950">green<\/tspan>/);
  assert.match(svg, /style="fill:#3fb950">still<\/tspan>/);
  assert.match(svg, /<tspan x="50.4" textLength="33.6" class="b">bold<\/tspan>/);
});

test("each picture has its time, and without motion the last one is shown", () => {
  const svg = renderTerminal(
    [
      { at: 0, screen: "a" },
      { at: 750, screen: "b" },
      { at: 1500, screen: "c" },
    ],
    size,
    "a session",
  );
  // A second and a half, and six for the last picture.
  assert.match(svg, /animation:film 7\.5s step-end infinite/);
  assert.match(
    svg,
    /0%\{transform:translateX\(0px\)\}10%\{transform:translateX\(-368px\)\}20%\{transform:translateX\(-736px\)\}/,
  );
  assert.match(svg, /reduce\)\{\.film\{animation:none;transform:translateX\(-736px\)\}/);
});

test("what a terminal shows is text in the picture, never markup", () => {
  const svg = renderTerminal([{ at: 0, screen: "<script>&\n\n\n\nbelow" }], size, "a <title>");
  assert.match(svg, "&lt;script&gt;&amp;");
  assert.match(svg, "a &lt;title&gt;");
  assert.not.match(svg, "below");
});

test.run();
