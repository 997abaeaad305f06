import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("bench");
const bench = fileURLToPath(new URL("../src/bench.ts", import.meta.url));

test("what it does not know is refused before anything is measured", async () => {
  const refused = async (...words: readonly string[]) => {
    const { exitCode, stderr } = await run(process.execPath, ["--import", "tsx", bench, ...words], { answers: "any" });
    assert.is(exitCode, 2, stderr);
    return stderr;
  };
  const [other, agents, alone, rounds] = await Promise.all([
    refused("nothing"),
    refused("scale", "--agents", "many"),
    refused("--agents", "3"),
    refused("--rounds", "0"),
  ]);
  assert.match(other, "knows no nothing, expected scale or waterfall");
  assert.match(agents, "--agents is many, expected numbers below 100 like 1,3,6,10");
  assert.match(alone, "--agents belongs to scale");
  assert.match(rounds, "--rounds is 0, expected a number from 1");
});

test.run();
