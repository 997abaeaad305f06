import { suite } from "uvu";
import * as assert from "uvu/assert";
import { refuseMissing } from "../src/take-snapshot.js";

const test = suite("snapshots take-snapshot");

test("a lab of which machines are gone is refused by their names, and one that stands still is not", () => {
  const [multi, agent1] = [
    { name: "multi", state: "running" },
    { name: "agent1", state: "stopped" },
  ] as const;
  refuseMissing([multi, agent1]);
  const gone = (...names: readonly string[]) => [multi, ...names.map((name) => ({ name, state: "absent" }) as const)];
  assert.throws(() => refuseMissing(gone("agent2")), /^agent2: its machine was removed.*Run `npm run lab:up`/);
  assert.throws(() => refuseMissing(gone("agent2", "agent3")), /^agent2, agent3: their machines were removed/);
});

test.run();
