// The pages are made from the tables that the code goes by: nobody may have to remember to follow in them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errors, exitCode } from "@k3s-lab/problem";
import { commands, type CommandSpec } from "@k3s-lab/scripts/commands";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventsPage } from "../src/events-page.js";
import { labYamlPage } from "../src/lab-yaml-page.js";
import { folders, pages, root } from "../src/pages.js";

const test = suite("reference pages");
const made = pages();

test("the pages are what `npm run docs` writes, and no others", () => {
  const there = folders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`));
  assert.equal(there.toSorted(), [...made.keys()].toSorted(), "run `npm run docs`");
  for (const [path, text] of made)
    assert.is(readFileSync(join(root, path), "utf8"), text, `${path}: run \`npm run docs\``);
});

test("each command with each flag is on its page", () => {
  const page = made.get("docs/reference/command-line.md") ?? "";
  for (const [name, spec] of Object.entries<CommandSpec>(commands)) {
    const section = page.split("\n## ").find((each) => each.startsWith(`${name}\n`)) ?? "";
    for (const flag of Object.keys(spec.flags ?? {}))
      assert.match(section, new RegExp(`^\\| \`--${flag}\\b`, "m"), name);
  }
});

test("each key of lab.yaml has a row that describes it, with its default", () => {
  const rows = (made.get("docs/reference/lab-yaml.md") ?? "").split("\n").filter((line) => line.startsWith("| `"));
  assert.ok(rows.length > 60);
  for (const row of rows) assert.match(row, /\| [^|]*[.)] \|$/, `is not described: ${row}`);
  const row = (key: string) => rows.find((each) => each.startsWith(`| \`${key}\` `));
  assert.match(row("registry.port") ?? "", /^\| `registry\.port` \| 1 to 65535 \| `5000` \| The registry's port/);
  assert.match(row("nodes[].role") ?? "", /\| `server`, `agent` \| `agent` \|/);
  assert.match(row("registry.configs.NAME.auth.password.file") ?? "", / text /);
  assert.match(row("machines.docker.apiPort") ?? "", /\| `auto` or 1 to 65535 \| `auto` \|/);
});

test("a key that is new in the schema is on the page", () => {
  const page = labYamlPage({
    properties: { machines: { properties: { colour: { type: "string", default: "red" } } } },
  });
  assert.match(page, "| `machines.colour` | text | `red` |");
});

test("events are listed by their names, whatever form the schema has", () => {
  const page = eventsPage({
    oneOf: [{ $ref: "#/$defs/started" }, { properties: { event: { const: "ended" }, ok: { type: "boolean" } } }],
    $defs: {
      started: {
        description: "A step begins.",
        properties: { event: { const: "started" }, step: { type: "string", description: "Its title." } },
        required: ["event", "step"],
      },
    },
  });
  assert.match(page, "\n## started\nA step begins.\n");
  assert.match(page, "| `step` | text |  | Its title. |");
  assert.match(page, "\n## ended\n");
  assert.match(page, "| `ok` | `true` or `false` | may be absent |  |");
});

test("each error has a page, and each exit code a row", () => {
  for (const id of Object.keys(errors)) assert.ok(made.has(`docs/errors/${id}.md`), id);
  const codes = made.get("docs/reference/exit-codes.md") ?? "";
  for (const code of Object.values(exitCode)) assert.match(codes, new RegExp(`^\\| ${code} \\| [A-Z\`]`, "m"));
});

test("links between the pages lead somewhere", () => {
  for (const [path, text] of made) {
    for (const [, link = ""] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const target = resolve(root, dirname(path), link);
      assert.ok(existsSync(target), `${path}: ${link}`);
    }
  }
});

test.run();
