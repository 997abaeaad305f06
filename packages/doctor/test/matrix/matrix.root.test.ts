// Checks the matrix of docs/recursion.md: every topology, guarding and request, in network namespaces.
import { cells } from "./cells.js";
import { expected, type Guarding, guardings } from "./expected.js";
import { cellsOf, type GuardingSeen, runPlace } from "./run-place.js";
import { places, type PlaceName } from "./topologies.js";
import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("doctor matrix (root)");
const rootTest = rootOnly("doctor matrix (root)", test);

/** The number of worlds that exist at the same time: each is a network of its own, and waits half of its time. */
const atOnce = 4;
const outcomes = new Map<PlaceName, PromiseSettledResult<ReadonlyMap<Guarding, GuardingSeen>>>();

test.before(async () => {
  const names = (Object.keys(places) as PlaceName[]).values();
  const work = async () => {
    for (const name of names) {
      const [outcome] = await Promise.allSettled([runPlace(places[name])]);
      outcomes.set(name, outcome);
    }
  };
  await Promise.all(Array.from({ length: isRoot ? atOnce : 0 }, work));
});

for (const [name, place] of Object.entries(places)) {
  rootTest(place.title, () => {
    const outcome = outcomes.get(name as PlaceName);
    if (outcome?.status !== "fulfilled") throw outcome?.reason;
    for (const [guarding, guards] of Object.entries(guardings)) {
      const seen = outcome.value.get(guarding as Guarding);
      for (const cell of cellsOf(place)) {
        const { loops, reason } = expected(place.comeback, guards, cell);
        const where = `guards: ${guarding}, ${cells[cell].title} (${reason})`;
        assert.is(seen?.cells.get(cell), loops ? "loops" : "once", where);
      }
      const { loops } = expected(place.comeback, guards, "tcp");
      assert.is(seen?.verdict, loops ? "loops" : "safe", `the canary's verdict, guards: ${guarding}`);
      assert.is(seen?.leaked, 0, `the canary's connections in the VIF, guards: ${guarding}`);
    }
  });
}

test.run();
