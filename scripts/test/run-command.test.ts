import { suite } from "uvu";
import * as assert from "uvu/assert";
import { commands } from "../src/commands.js";
import { readCommandLine } from "../src/run-command.js";

const test = suite("scripts run-command");

test.before.each(() => {
  delete process.env.K3S_LAB_BIN;
});

/** What was read; no test here asks for help. */
function read<Spec extends Parameters<typeof readCommandLine>[0]>(spec: Spec, ...words: readonly string[]) {
  const line = readCommandLine(spec, words);
  if (line === undefined) throw new Error("help was shown");
  return line;
}

test("flags are read, and those that were not given are off", () => {
  const { flag, config } = read(commands.plan, "--json", "--config", "a.yaml");
  assert.ok(flag("json"));
  assert.not.ok(flag("exit-code"));
  assert.is(config, "a.yaml");
  assert.ok(read(commands.plan, "--exit-code").flag("exit-code"));
});

test("a flag that begins with no- is a flag like any other", () => {
  assert.ok(read(commands.doctor, "--no-probe").flag("no-probe"));
  assert.not.ok(read(commands.doctor).flag("no-probe"));
});

test("what follows the first operand belongs to it", () => {
  const { config, operands } = read(commands.exec, "--config", "a.yaml", "agent1", "ip", "-4", "--config", "x");
  assert.is(config, "a.yaml");
  assert.equal(operands, ["agent1", "ip", "-4", "--config", "x"]);
  assert.equal(read(commands.exec, "--", "agent1", "-x").operands, ["agent1", "-x"]);
});

test("flags before the first operand are the command's own, and behind it the program's", () => {
  const { flag, value, operands } = read(commands.exec, "--all", "ls", "--all", "-on");
  assert.equal([flag("all"), value("on"), operands], [true, undefined, ["ls", "--all", "-on"]]);
  assert.is(read(commands.exec, "--on", "agent1,multi", "ls").value("on"), "agent1,multi");
});

test("a flag may be one letter", () => {
  const { flag, value, operands } = read(commands.logs, "agent1", "-f", "--since", "5m");
  assert.equal([flag("follow"), value("since"), operands], [true, "5m", ["agent1"]]);
  assert.not.ok(read(commands.logs).flag("follow"));
});

test("the command line of another program is left to it, even where it begins with a flag", () => {
  const words = ["-n", "kube-system", "get", "pods"];
  assert.equal(read(commands.kubectl, ...words).operands, words);
  const { config, operands } = read(commands.kubectl, "--config=a.yaml", "-o", "json", "--help");
  assert.is(config, "a.yaml");
  assert.equal(operands, ["-o", "json", "--help"]);
});

test("flags of a command may follow its operands", () => {
  const { value, operands } = read(commands.push, "hello.tar", "--name", "hello:2");
  assert.is(value("name"), "hello:2");
  assert.equal(operands, ["hello.tar"]);
});

const usage = "expected: npm run lab:status -- [--config FILE] [--json] [--verbose] [--watch]. [LAB-CLI-001]";

for (const [words, fault] of [
  [["--colour"], "unknown option '--colour'"],
  [["--jsn"], "unknown option '--jsn' (did you mean --json?)"],
  [["extra"], "unexpected argument 'extra'"],
  [["--config"], "option '--config <FILE>' argument missing"],
] as const) {
  test(`${words.join(" ")} is refused with the usage and exit code 2`, () => {
    try {
      readCommandLine(commands.status, words);
      assert.unreachable();
    } catch (error) {
      assert.is((error as { exitCode?: number }).exitCode, 2);
      assert.is((error as Error).message, `npm run lab:status: ${fault}, ${usage}`);
    }
  });
}

test("--quiet and --verbose contradict each other", () => {
  assert.throws(
    () => read(commands.up, "--quiet", "--verbose"),
    /'-v, --verbose' cannot be used with option '-q, --quiet'.*LAB-CLI-001/,
  );
  assert.ok(read(commands.push, "--quiet", "x").flag("quiet"));
  assert.ok(read(commands.up, "-v").flag("verbose"));
});

test("a command is named as the person called it", () => {
  assert.is(read(commands.guard).call("--help"), "npm run guard -- --help");
  process.env.K3S_LAB_BIN = "npx k3s-lab";
  assert.is(read(commands.guard).call("--help"), "npx k3s-lab guard --help");
  assert.throws(
    () => readCommandLine(commands.up, ["--jsn"]),
    /^npx k3s-lab up: unknown option '--jsn' \(did you mean --json\?\), expected: npx k3s-lab up \[--config FILE\]/,
  );
});

test.run();
