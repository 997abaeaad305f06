// A person reads the README and the tutorial, and types what stands there; then a pipeline runs on the same lab.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DrivenLab } from "../drive-lab.js";
import { shareLab } from "../share-lab.js";
import { makeCheckout } from "./checkout.js";
import { type Block, readPage } from "./page.js";

const test = suite("commands of the pages");
const realTest = rootOnly("commands of the pages", test);

/** What is not typed, and why. */
const excepted: Readonly<Record<string, string>> = {
  "npm ci": "the project is installed already; CI runs it in a Debian where nothing was prepared",
  telepresence: "it cannot be installed where the tests run",
  docker: "this host has none; the same is done without it",
};

let world: World;
let lab: DrivenLab;

shareLab(test, {
  async ready(shared) {
    ({ world, lab } = shared);
    makeCheckout(lab.dir);
  },
});

/** What a person sees of a command: both outputs. */
interface Seen {
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** Runs a command line in the checkout, as in a terminal that has none of what npm and the runner have set here. */
async function type(commands: string): Promise<Seen> {
  const env = { INIT_CWD: undefined, K3S_LAB_CONFIG: undefined, MAKEFLAGS: undefined, MAKELEVEL: undefined };
  const argv = ["--norc", "--noprofile", "-euo", "pipefail", "-c", commands];
  const options = { cwd: lab.dir, env, answers: "any", timeout: 10 * 60_000 } as const;
  const { exitCode, stdout, stderr } = await world.host.run("bash", argv, options);
  return { exitCode, output: `${stdout}\n${stderr}` };
}

interface Typed {
  readonly commands: string;
  /** What the page shows as their output. */
  readonly shows: readonly string[];
}

/** Returns what a page has a person type, each with the output that stands below it. */
function typedIn(blocks: readonly Block[]): readonly Typed[] {
  const typed: { commands: string; shows: string[] }[] = [];
  for (const { language, name, text } of blocks) {
    if (language === "text") typed.at(-1)?.shows.push(...text.split("\n"));
    if (language !== "sh" || name in excepted) continue;
    const lines = text.split("\n").filter((line) => !(line in excepted));
    if (lines.length > 0) typed.push({ commands: lines.join("\n"), shows: [] });
  }
  return typed;
}

/** Tells whether a line was printed as a page shows it: numbers and distances may be others, and "..." is anything. */
function isPrinted(line: string, output: string): boolean {
  const alike = (text: string) =>
    text
      .trim()
      .replaceAll(/\b\d+\b/g, "0")
      .replaceAll(/\s+/g, " ");
  const parts = alike(line).split("...");
  const pattern = new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`);
  return output.split("\n").some((each) => pattern.test(alike(each)));
}

test("output is compared as it is shown", () => {
  assert.ok(isPrinted("     11 hello from agent1", "      7 hello from agent1\n"));
  assert.ok(isPrinted("sha256:...", "hello\nsha256:abc\n"));
  assert.ok(isPrinted("  multi   server  10.76.0.10", "  multi  server  10.77.0.9"));
  assert.not.ok(isPrinted("hello from agent1", "hello from agent2"));
  assert.not.ok(isPrinted("created", "daemonset created"));
});

test("the tutorial has something to type, and nothing is excepted without need", () => {
  const { blocks } = readPage("docs/tutorial.md");
  assert.ok(typedIn(blocks).length >= 8);
  assert.ok(typedIn(blocks).flatMap(({ shows }) => shows).length >= 10);
  const names = blocks.flatMap(({ name, text }) => [name, ...text.split("\n")]);
  for (const name of Object.keys(excepted)) assert.ok(names.includes(name), name);
});

// What ends the lab is typed when a pipeline has ended it.
const pages = ["README.md", "docs/tutorial.md"].flatMap((file) =>
  typedIn(readPage(file).blocks).map((typed) => ({ file, ...typed })),
);
const isEnd = ({ commands }: Typed) => commands.includes("lab:down");

for (const typed of pages.filter((each) => !isEnd(each)))
  realTest(`${typed.file}: ${typed.commands}`, () => tryOut(typed));

async function tryOut({ commands, shows }: Typed): Promise<void> {
  const { exitCode, output } = await type(commands);
  assert.is(exitCode, 0, output);
  const missing = shows.filter((line) => line.trim() !== "" && !isPrinted(line, output));
  assert.equal(missing, [], output);
}

const pipeline = () => `make -C examples/ci CONFIG=${join(lab.dir, "lab.yaml")}`;

realTest("a pipeline fetches, brings the lab up, pushes and tests", async () => {
  const { exitCode, output } = await type(`${pipeline()} -j4 test`);
  assert.is(exitCode, 0, output);
  assert.match(output, "nothing had to be done", output);
  assert.match(output, /^hello from (multi|agent1|agent2)$/m);
  assert.ok(existsSync(join(lab.dir, ".lab")));
});

realTest("a pipeline whose test fails fails, and leaves no lab", async () => {
  const { exitCode, output } = await type(`${pipeline()} -j4 CHECK=false`);
  assert.is(exitCode, 2, output);
  assert.match(output, "The lab is gone");
  assert.not.ok(existsSync(join(lab.dir, ".lab")));
});

for (const typed of pages.filter(isEnd)) realTest(`${typed.file}: ${typed.commands}`, () => tryOut(typed));

test.run();
