import { suite } from "uvu";
import * as assert from "uvu/assert";
import { listLabs, renderLabs } from "../src/list-labs.js";

const test = suite("scripts list-labs");

const now = new Date("2026-11-30T12:00:00.000Z");
const place = (id: string, folder: string) =>
  ({
    id,
    name: `lab-${id}`,
    file: `${folder}/lab.yaml`,
    provider: "lxc",
    mode: "private",
    made: "2026-11-27T10:00:00.000Z",
  }) as const;
const machine = (lab: string, name: string, isRunning: boolean) => ({ lab, name, isRunning, provider: "lxc" }) as const;
const found = (id: string, ...states: readonly boolean[]) =>
  ({
    id,
    machines: states.map((runs, index) => machine(id, `node${index}`, runs)),
    providers: ["lxc"],
    hasNetwork: true,
  }) as const;

test("what was noted and what was found are one lab where they have the same id", () => {
  const labs = listLabs({
    places: [place("aaaaaa", "/here"), place("bbbbbb", "/gone"), place("dddddd", "/here")],
    found: [found("cccccc"), found("aaaaaa", true, true), found("bbbbbb", false, true), found("dddddd", false)],
    disks: new Map([["aaaaaa", 1_400_000_000]]),
    exists: (folder) => folder === "/here",
  });
  assert.equal(
    labs.map(({ id, state, folder, hasFolder, bytes }) => [id, state, folder, hasFolder, bytes]),
    [
      ["aaaaaa", "running", "/here", true, 1_400_000_000],
      ["bbbbbb", "partly running", "/gone", false, undefined],
      ["cccccc", "no machine", undefined, undefined, undefined],
      ["dddddd", "stopped", "/here", true, undefined],
    ],
  );
  const lines = renderLabs(labs, now).split("\n");
  assert.match(lines[1] ?? "", /^aaaaaa +lab-aaaaaa +running +2 lxc +3 d +1\.4 GB +\/here$/);
  assert.match(lines[2] ?? "", /^bbbbbb +lab-bbbbbb +partly running +1 of 2 lxc +3 d +\? +\/gone \(deleted\)$/);
  assert.match(lines[3] ?? "", /^cccccc +\? +no machine +0 lxc +\? +\? +not known$/);
  assert.is(lines.at(-1), "A lab without its folder is removed by: npm run labs -- --remove bbbbbb");
});

test("only a folder that is known to be deleted is spoken of as such", () => {
  const labs = listLabs({ places: [], found: [found("cccccc", true)], disks: new Map([["cccccc", 1]]) });
  assert.not.match(renderLabs(labs, now), "--remove");
  assert.is(renderLabs([]), "No lab is on this host.");
});

test.run();
