import { suite } from "uvu";
import * as assert from "uvu/assert";
import { errors, exitCode, failureOf, messageOf, Problem } from "../src/index.js";

const test = suite("problem failure");
const lacking = new Problem("LAB-HST-004", "host", "lacks skopeo", { remedy: "Install it." });

test("a Problem is one line: subject, what is wrong, what to do, and its id", () => {
  assert.is(lacking.message, "host: lacks skopeo. Install it. [LAB-HST-004]");
  assert.is(new Problem("LAB-RUN-001", "sh", "ended.").message, "sh: ended. [LAB-RUN-001]");
  assert.is(lacking.exitCode, errors["LAB-HST-004"].exitCode);
  assert.is(new Problem("LAB-HST-004", "host", "lacks it", { exitCode: 1 }).exitCode, 1);
});

test("a failure has the Problem's id and exit code", () => {
  assert.equal(failureOf(lacking), { message: lacking.message, id: "LAB-HST-004", exitCode: exitCode.hostLacks });
});

test("a Problem of another copy of this package is one, too", () => {
  const copy = Object.assign(new Error("host: lacks skopeo. [LAB-HST-004]"), { id: "LAB-HST-004", exitCode: 3 });
  assert.equal(failureOf(copy), { message: copy.message, id: "LAB-HST-004", exitCode: exitCode.hostLacks });
  assert.match(failureOf(Object.assign(new Error("x"), { id: "E-1", exitCode: 3 })).message, "a defect of k3s-lab");
});

test("of several, all are told, and the first decides", () => {
  const several = new AggregateError([lacking, new Problem("LAB-RUN-001", "sh", "ended")]);
  assert.equal(failureOf(several), {
    message: `${lacking.message}\nsh: ended. [LAB-RUN-001]`,
    id: "LAB-HST-004",
    exitCode: exitCode.hostLacks,
  });
});

test("an unexpected error is one line that says how to see more; then it is shown with its cause", () => {
  const error = new TypeError("x is undefined", { cause: new Error("the cause") });
  const line = "x is undefined (unexpected: a defect of k3s-lab; K3S_LAB_DEBUG=1 shows where)";
  assert.is(messageOf(error, {}), line);
  assert.is(messageOf(new AggregateError([lacking, error]), {}), `${lacking.message}\n${line}`);
  assert.match(messageOf("thrown text", {}), /^thrown text \(unexpected/);
  const all = messageOf(error, { K3S_LAB_DEBUG: "1" });
  assert.match(all, /^TypeError: x is undefined\n +at .*failure\.test\.ts/);
  assert.match(all, /\nbecause of Error: the cause\n +at /);
  assert.is(failureOf(error).exitCode, exitCode.failed);
  assert.is(failureOf(error).id, undefined);
});

test.run();
