import { suite } from "uvu";
import * as assert from "uvu/assert";
import { agentNames, diffLines, namedNodes } from "../src/index.js";
import { defaults } from "./sample.js";

const test = suite("setup answers");
const [multi, first, second] = [
  { name: "multi", role: "server", address: "10.0.0.2" },
  { name: "agent1", role: "agent", address: "10.0.0.3" },
  { name: "agent2", role: "agent" },
] as const;

test("a node that keeps its name keeps its address, and so does one that is renamed", () => {
  assert.equal(namedNodes([multi, first, second], "cp", ["agent2"]), [{ ...multi, name: "cp" }, second]);
  assert.equal(namedNodes([multi, first, second], "multi", ["a", "agent2"]), [multi, { ...first, name: "a" }, second]);
  assert.equal(namedNodes([multi], "multi", ["a"]), [multi, { name: "a", role: "agent" }]);
});

test("agents that are asked for get names that are free", () => {
  assert.equal(agentNames(3, defaults.nodes, "multi"), ["agent1", "agent2", "agent3"]);
  assert.equal(agentNames(2, [], "agent1"), ["agent2", "agent3"]);
  assert.equal(agentNames(3, [{ name: "agent2", role: "agent" }], "multi"), ["agent2", "agent1", "agent3"]);
  assert.equal(agentNames(1, [multi, first, second], "multi"), ["agent1"]);
});

test("a diff shows what goes and comes, and a line around it", () => {
  const text = "a\nb\nc\nd\ne\nf\ng\nh\n";
  assert.equal(diffLines(text, text.replace("b", "B").replace("h", "H")), [
    " a",
    "-b",
    "+B",
    " c",
    "...",
    " g",
    "-h",
    "+H",
  ]);
  assert.equal(diffLines("a", "a\nb"), ["-a", "+a", "+b"]);
  assert.equal(diffLines(text, text), []);
});

test.run();
