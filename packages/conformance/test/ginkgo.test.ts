import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exactly, ginkgoArgs, type GinkgoRun } from "../src/ginkgo.js";
import { ownPart } from "../src/parts.js";

const test = suite("ginkgo");
const asked: GinkgoRun = {
  part: { ...ownPart("[a]"), skip: "[b]" },
  suite: "/suite",
  out: "/out",
  kubeconfig: "/kubeconfig",
  procs: 3,
  progressUrl: "http://127.0.0.1:1/",
  done: [],
  only: [],
};
const name = "[sig-node] Pods (a|b) should cost $1? [Conformance]";
const valuesOf = (flag: string, args: readonly string[]) =>
  args.filter((arg) => arg.startsWith(`--${flag}=`)).map((arg) => arg.slice(flag.length + 3));

test("the suite gets its own flags, after ginkgo's", () => {
  const args = ginkgoArgs(asked);
  const at = args.indexOf("/suite/e2e.test");
  assert.is(args[at + 1], "--");
  assert.equal(args.slice(at + 2), [
    "--kubeconfig=/kubeconfig",
    "--provider=skeleton",
    "--kubectl-path=/suite/kubectl",
    "--progress-report-url=http://127.0.0.1:1/",
  ]);
  assert.equal([valuesOf("focus", args), valuesOf("skip", args), valuesOf("procs", args)], [["[a]"], ["[b]"], ["3"]]);
});

test("what describes the driver of storage is handed over", () => {
  assert.is(ginkgoArgs({ ...asked, testDriver: "/out/driver.yaml" }).at(-1), "--storage.testdriver=/out/driver.yaml");
});

test("specs that have passed are left out, besides what the part leaves out", () => {
  assert.equal(valuesOf("skip", ginkgoArgs({ ...asked, done: [name] })), ["[b]", exactly(name)]);
});

test("single specs take the place of the part's expression", () => {
  assert.equal(valuesOf("focus", ginkgoArgs({ ...asked, only: [name] })), [exactly(name)]);
});

test("an expression for one spec matches it and no other", () => {
  const expression = new RegExp(exactly(name));
  assert.ok(expression.test(`Kubernetes e2e suite ${name}`));
  assert.not(expression.test(`Kubernetes e2e suite ${name} and more`));
  assert.not(expression.test(`Kubernetes e2e suite ${name.replace("?", "")}`));
});

test.run();
