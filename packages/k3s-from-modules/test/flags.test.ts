import { flagsOfBuild } from "../src/flags.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("k3s-from-modules flags");

test("the flags are those that the parser has, of each command its own", () => {
  const [server, agent] = [flagsOfBuild("server"), flagsOfBuild("agent")];
  for (const both of ["node-name", "kubelet-arg", "debug", "v"]) assert.ok(server.has(both) && agent.has(both), both);
  assert.ok(server.has("kube-apiserver-arg"));
  assert.not.ok(agent.has("kube-apiserver-arg"));
  for (const absent of ["rootless", "no-such-flag"]) assert.not.ok(server.has(absent), absent);
});

test("every flag of the parser's table is read", () => {
  const table = '\t{name: "one", role: onBoth},\n\t{name: "two", short: "t", kind: list, role: onServer, env: "X"},\n';
  assert.equal([[...flagsOfBuild("server", table)], [...flagsOfBuild("agent", table)]], [["one", "two"], ["one"]]);
});

test.run();
