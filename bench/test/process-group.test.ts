import { suite } from "uvu";
import * as assert from "uvu/assert";
import { groupOf } from "../src/process-group.js";

const test = suite("bench process groups");

test("npm is what runs npm, under whichever name", () => {
  for (const argv of [
    ["npm run lab:up"],
    ["/usr/bin/node", "/usr/lib/node_modules/npm/bin/npm-cli.js", "run", "lab:up"],
    ["/bin/sh", "/work/scripts/quick-npm/npm", "run", "lab:up"],
  ]) {
    assert.is(groupOf(argv), "npm", argv.join(" "));
  }
});

test("our own Node, turbo and the tools are told apart", () => {
  assert.is(groupOf(["/usr/bin/node", "/work/scripts/bin/k3s-lab.js", "up"]), "node");
  assert.is(groupOf(["node", "../../scripts/bin/run.js", "stage", "machines", "up"]), "node");
  assert.is(groupOf(["/work/node_modules/@turbo/linux-64/bin/turbo", "run", "lab:up"]), "turbo");
  assert.is(groupOf(["skopeo", "copy", "node"]), "tools");
  assert.is(groupOf([""]), "tools");
});

test.run();
