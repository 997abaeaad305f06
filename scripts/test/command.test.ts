import { readCommandLine } from "../src/command.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("scripts command");
const status = { name: "npm run lab:status", does: "Says how it is.", options: { json: { type: "boolean" } } } as const;
const exec = {
  name: "npm run lab:exec",
  does: "Runs a command.",
  operands: "MACHINE [COMMAND...]",
  passesOn: true,
} as const;
const push = {
  name: "npm run push",
  does: "Pushes.",
  operands: "IMAGE",
  options: { name: { type: "string" } },
} as const;

test("options are read", () => {
  const { values } = readCommandLine(status, ["--json", "--config", "a.yaml"]);
  assert.ok(values.json);
  assert.is(values.config, "a.yaml");
});

test("what follows the first operand belongs to it", () => {
  const { values, operands } = readCommandLine(exec, ["--config", "a.yaml", "agent1", "ip", "-4", "--config", "x"]);
  assert.is(values.config, "a.yaml");
  assert.equal(operands, ["agent1", "ip", "-4", "--config", "x"]);
  assert.equal(readCommandLine(exec, ["--", "agent1", "-x"]).operands, ["agent1", "-x"]);
});

test("the command line of another program is left to it, even where it begins with an option", () => {
  assert.equal(readCommandLine(exec, ["-n", "kube-system", "get", "pods"]).operands, [
    "-n",
    "kube-system",
    "get",
    "pods",
  ]);
  const { values, operands } = readCommandLine(exec, ["--config=a.yaml", "-o", "json", "--help"]);
  assert.is(values.config, "a.yaml");
  assert.equal(operands, ["-o", "json", "--help"]);
});

test("our own options may follow the operands", () => {
  const { values, operands } = readCommandLine(push, ["hello.tar", "--name", "hello:2"]);
  assert.is(values.name, "hello:2");
  assert.equal(operands, ["hello.tar"]);
});

test("an unknown option and an unexpected operand are refused with the usage and exit code 2", () => {
  for (const args of [["--colour"], ["extra"], ["--config"]]) {
    try {
      readCommandLine(status, args);
      assert.unreachable();
    } catch (error) {
      assert.is((error as { exitCode?: number }).exitCode, 2);
      assert.match(
        (error as Error).message,
        /expected: npm run lab:status -- \[--config VALUE\] \[--help\] \[--json\]/,
      );
    }
  }
});

test.run();
