// What a person sees of a run, on a real terminal: recorded events are played into the real report.
import { missingPrograms } from "@k3s-lab/host";
import { openScreen, type Screen, type ScreenSize, screenPrograms } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const all = suite("scripts screens");
const isMissing = missingPrograms(screenPrograms).length > 0;
if (isMissing) console.log("scripts screens: skipped, tmux is missing");
const test = isMissing ? all.skip : all;

/** A terminal, without what would tell the report that nobody looks at it. */
const open = (size: ScreenSize, env: Readonly<Record<string, string>> = {}): Promise<Screen> =>
  openScreen({ ...size, cwd: root, env: { CI: undefined, GITHUB_ACTIONS: undefined, TURBO_HASH: undefined, ...env } });

const play = (...words: readonly string[]) => `clear; node --import tsx scripts/test/play-events.ts ${words.join(" ")}`;
const spinner = "[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]";

test("at 80 by 24 there is a tree of stages and machines, with bars and times", async () => {
  await using screen = await open({ columns: 80, rows: 24 });
  // A build that is half done, beside machines that are set up.
  await screen.type(play("pretty", "20", "5300"));
  const rows = await screen.until(/1 s  add default route/);
  const expected = [
    /^✔ host-network  3 actions 0\.6 s$/,
    new RegExp(`^${spinner} machines +\\d+ s  Set up nodes$`),
    /^    multi +\d s  add default route via 10\.76\.0\.1; use resolvers/,
    /^    agent1 +\d s  add default route/,
    /^    agent2 +\d s  add default route/,
    new RegExp(`^${spinner} cluster +\\d+ s  Fetch K3s$`),
    /^    host +\d s  fetch K3s v[\d.]+\+k3s1 \(modules\)$/,
    /^      k3s   ██░+  \d+ %  \d+ of 1,890 packages/,
    /^      runc  ██████░+  30 %  90 of 300 packages/,
    /^◦ registry      waiting$/,
  ];
  assert.is(rows.length, expected.length, rows.join("\n"));
  for (const [index, pattern] of expected.entries()) assert.match(rows[index] ?? "", pattern);
});

test("on a small terminal, and one that is resized, everything fits, and the picture is there once", async () => {
  await using screen = await open({ columns: 80, rows: 24 });
  await screen.type(play("pretty", "20", "5300"));
  await screen.until(/registry      waiting/);
  for (const [size, shown] of [
    [{ columns: 40, rows: 10 }, /k3s   █░{7} /],
    [{ columns: 40, rows: 7 }, /and 4 more lines/],
    [{ columns: 60, rows: 24 }, /k3s   █░{7} /],
    [{ columns: 120, rows: 40 }, /k3s   ██░{18} .*\/s/],
  ] as const) {
    await screen.resize(size);
    const rows = await screen.until(shown);
    assert.ok(rows.length < size.rows, rows.join("\n"));
    // What a lower terminal has pushed out above comes back with a higher one; the picture itself is the last lines.
    const picture = rows.slice(rows.findLastIndex((row) => row.includes(" machines ")));
    assert.ok(picture.length >= Math.min(6, size.rows - 1), rows.join("\n"));
    for (const row of picture) assert.ok([...row].length < size.columns, row);
    for (const word of [" cluster  ", "agent2  "]) {
      assert.ok(picture.filter((row) => row.includes(word)).length <= 1, rows.join("\n"));
    }
  }
});

test("a run leaves a line for each stage, and the terminal as it was", async () => {
  await using screen = await open({ columns: 80, rows: 24 });
  await screen.type(play("pretty", "40"));
  const rows = await screen.until(/The lab is up\.\n\$/);
  assert.equal(
    rows.map((row) => row.replace(/ \d+\.\d s$/, "")),
    [
      "✔ host-network  3 actions",
      "✔ machines      9 actions",
      "! cluster       K3s comes from Go modules: no release can be reached",
      "✔ cluster       8 actions",
      "✔ registry      5 actions",
      "The lab is up.",
      "$",
    ],
  );
  await screen.type("echo $((6 * 7))");
  await screen.until(/^42$/m);
});

test("NO_COLOR takes the colour from a terminal; a dumb one, and one of a pipeline, get plain lines", async () => {
  await using screen = await open({ columns: 80, rows: 24 });
  for (const [variable, pattern] of [
    ["NO_COLOR=", "\u001B[32m✔"],
    ["NO_COLOR=1", "\n✔ host-network"],
  ] as const) {
    await screen.type(`${variable} ${play("pretty", "1000").replace("clear; ", "")}; echo end of it`);
    await screen.until(/^end of it$/m);
    assert.match(await screen.styled(), pattern);
    await screen.type("clear");
    await screen.until(/^\$$/);
  }
  const kind = `node --import tsx -e 'import { reportKind } from "@k3s-lab/steps"; console.log("it is", reportKind())'`;
  await screen.type(`clear; TERM=dumb ${kind}; CI=true ${kind}; ${kind}`);
  await screen.until(/^it is plain\nit is plain\nit is pretty$/m);
});

all.run();
