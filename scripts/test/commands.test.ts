// The table of commands is what package.json, the pages and `k3s-lab` hold to.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { commands, type CommandSpec } from "../src/commands.js";
import { findPages } from "./docs/page.js";
import { root } from "./drive-lab.js";

const test = suite("scripts commands");
const table: readonly (readonly [string, CommandSpec])[] = Object.entries(commands);

const manifest = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
    readonly version: string;
    readonly scripts: Readonly<Record<string, string>>;
  };

test("each command has an npm script, and each npm script that runs a command is in the table", () => {
  const scripts = Object.entries(manifest(".").scripts).filter(([, text]) => text.startsWith("node scripts/"));
  assert.equal(
    Object.fromEntries(scripts),
    Object.fromEntries(table.map(([name, { script }]) => [script, `node scripts/bin/run.js ${name}`])),
  );
});

test("each command is a file of its own, called by one name", () => {
  for (const [name, { script }] of table) {
    assert.is(script.replace("lab:", ""), name);
    assert.ok(existsSync(join(root, "scripts/src", `${name}.ts`)), name);
  }
});

test("each command and each flag is described in a line", () => {
  for (const [name, { does, flags = {}, examples }] of table) {
    assert.match(does, /^[A-Z].*\.$/, name);
    assert.ok(examples.length > 0, name);
    for (const [flag, { does: line }] of Object.entries(flags))
      assert.match(line, /^[a-z].*[^.]$/, `${name} --${flag}`);
  }
});

test("the pages tell of each command", async () => {
  const pages = (await findPages()).filter(({ file }) => file === "README.md" || file.startsWith("docs/"));
  const text = pages.map((page) => page.text).join("\n");
  for (const [name, { script }] of table)
    assert.match(text, new RegExp(`(npm run (-s )?${script}|k3s-lab ${name})\\b`), name);
});

/** Runs `k3s-lab` as its link in node_modules/.bin does. */
const k3sLab = (...args: readonly string[]) =>
  run(process.execPath, [join(root, "scripts/bin/k3s-lab.js"), ...args], {
    env: { INIT_CWD: "/", K3S_LAB_CONFIG: undefined, npm_command: undefined, NO_COLOR: "1" },
    answers: "any",
  });

test("k3s-lab is linked, and lists every command", async () => {
  assert.ok(existsSync(join(root, "node_modules/.bin/k3s-lab")));
  const { exitCode, stdout } = await k3sLab("--help");
  assert.is(exitCode, 0);
  for (const [name] of table) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  const { stdout: version } = await k3sLab("--version");
  assert.is(version.trim(), manifest("packages/lab").version);
});

test("k3s-lab helps out with a misspelt command, and ends with 2", async () => {
  const { exitCode, stderr } = await k3sLab("stauts");
  assert.is(exitCode, 2);
  assert.match(stderr, /^k3s-lab: unknown command 'stauts' \(did you mean status\?\), expected: k3s-lab COMMAND/);
});

test("k3s-lab COMMAND --help shows each flag and examples, in the words of k3s-lab", async () => {
  const { exitCode, stdout } = await k3sLab("push", "--help");
  assert.is(exitCode, 0);
  for (const line of [
    /^Usage: k3s-lab push \[options\] <IMAGE\.\.\.>$/m,
    /^  --config <FILE> +the lab's configuration/m,
    /^  --name <NAME> +its name in the registry/m,
    /^  \$ k3s-lab push hello\.tar --name hello:2$/m,
  ]) {
    assert.match(stdout, line);
  }
});

test.run();
