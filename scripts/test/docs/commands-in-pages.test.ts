// What the pages and the examples tell a person to type exists.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { commands, type CommandSpec } from "../../src/commands.js";
import { root } from "../drive-lab.js";
import { findPages } from "./page.js";

const test = suite("commands in the pages");

/** The npm scripts that work in the folder of a page: the project's, or the package's own. */
function scriptsFor(page: string): ReadonlySet<string> {
  const [folder] = /^packages\/[^/]+/.exec(page) ?? [];
  const manifests = [".", ...(folder === undefined ? [] : [folder])].map((each) => join(root, each, "package.json"));
  const existing = manifests.filter((file) => existsSync(file));
  return new Set(existing.flatMap((file) => Object.keys(JSON.parse(readFileSync(file, "utf8")).scripts ?? {})));
}

const table: readonly (readonly [string, CommandSpec])[] = Object.entries(commands);

interface Typed {
  /** The npm script that runs it. */
  readonly script: string;
  readonly flags: readonly string[];
}

/** Finds commands of npm and of k3s-lab in a text; their words end with the line, or where a shell or Markdown ends them. */
function commandsIn(text: string): readonly Typed[] {
  const byNpm = [...text.matchAll(/npm run (?:-s |--silent )?([a-z][\w-]*(?::[\w-]+)*)(?: -- ([^`\n#|;&")]*))?/g)];
  const byName = [...text.matchAll(/(?:npx |\$\(|`|bin\/)k3s-lab ([a-z]+)\b([^`\n#|;&")]*)/g)];
  const scriptOf = (name: string) => table.find(([known]) => known === name)?.[1].script ?? `k3s-lab ${name}`;
  return [
    ...byNpm.map(([, script = "", words = ""]) => ({ script, flags: flagsOf(script, words) })),
    ...byName.map(([, name = "", words = ""]) => ({ script: scriptOf(name), flags: flagsOf(scriptOf(name), words) })),
  ];
}

/** Returns the flags among words; those of another program are that program's. */
function flagsOf(script: string, words: string): readonly string[] {
  const all = words.split(/\s+/).filter((word) => word !== "");
  const passesOn = table.some(([, spec]) => spec.script === script && spec.passesOn);
  const own = passesOn
    ? all.slice(
        0,
        all.findIndex((word) => !word.startsWith("--")),
      )
    : all;
  return own.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/^--|[=.,:].*$/g, ""));
}

function faultsOf(file: string, text: string): readonly string[] {
  const scripts = scriptsFor(file);
  return commandsIn(text).flatMap(({ script, flags }) => {
    if (!scripts.has(script)) return [`${file}: ${script}: there is no such command`];
    const spec = table.find(([, each]) => each.script === script)?.[1];
    if (spec === undefined) return [];
    const known = ["help", ...(spec.withoutLab ? [] : ["config"]), ...Object.keys(spec.flags ?? {})];
    return flags.filter((flag) => !known.includes(flag)).map((flag) => `${file}: ${script} --${flag}: no such flag`);
  });
}

const examples = ["Makefile", ".gitlab-ci.yml", ".github/workflows/lab.yml"].map((file) => `examples/ci/${file}`);

test("each command and each flag in a page or an example exists", async () => {
  // What was seen once is told in the words of its day.
  const pages = (await findPages()).filter(({ file }) => !/^(\.changeset|docs\/test-log)|CHANGELOG/.test(file));
  const files = [
    ...pages.map(({ file, text }) => [file, text] as const),
    ...examples.map((file) => [file, readFileSync(join(root, file), "utf8")] as const),
  ];
  assert.ok(files.flatMap(([, text]) => commandsIn(text)).length > 150, "commands are found");
  assert.equal(
    files.flatMap(([file, text]) => faultsOf(file, text)),
    [],
  );
});

test("a command or a flag that does not exist is found", () => {
  const text = [
    "`npm run lab:upp`, `npm run lab:up -- --jsn`, `npx k3s-lab stauts`, `npx k3s-lab plan --exit-coed`",
    "`npm run lab:exec -- --jsn agent1 ls --all`, `npm run lab:plan -- --exit-code`, `npx k3s-lab down --config FILE`",
    "`npm run push -- docker://registry.corp/app:1 --nam web`",
  ].join("\n");
  assert.equal(
    faultsOf("page", text).map((fault) => fault.replace(/^page: |: .*$/g, "")),
    ["lab:upp", "lab:up --jsn", "lab:exec --jsn", "push --nam", "k3s-lab stauts", "lab:plan --exit-coed"].map(
      (fault) => fault,
    ),
  );
});

test.run();
