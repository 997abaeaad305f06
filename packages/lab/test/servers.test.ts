import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseConfig } from "../src/parse-config.js";
import { addressees } from "../src/servers.js";

const test = suite("lab servers");

const three = "nodes: [{ name: a, role: server }, { name: b, role: server }, { name: c, role: server }, { name: d }]\n";
const named = (yaml: string) => addressees(parseConfig(yaml, "lab.yaml")).map(({ name }) => name);

test("several servers share one more address, and in Docker a relay has one, too", () => {
  assert.equal(named(`${three}machines: { provider: lxc }`), ["a", "b", "c", "d", "(servers)"]);
  assert.equal(named(`${three}machines: { provider: docker }`), ["a", "b", "c", "d", "(servers)", "(relay)"]);
});

test("one server has its own address alone", () => {
  assert.equal(named("nodes: [{ name: a, role: server }]\nmachines: { provider: docker }"), ["a"]);
});

test.run();
