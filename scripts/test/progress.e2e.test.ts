// What a person sees of a real lab:up on a terminal: the tree, Ctrl-C, the next run; and what is logged.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openScreen, rootOnly, type Screen, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DrivenLab, root } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { misfitsOf } from "./misfits.js";

const test = suite("progress of a lab");
const realTest = rootOnly("progress of a lab", test);

let world: World;
let lab: DrivenLab;
let screen: Screen;

test.after(async () => {
  await screen?.[Symbol.asyncDispose]();
});

shareLab(test, {
  yaml: "nodes: [{ name: multi, role: server }]\n",
  async ready(shared) {
    ({ world, lab } = shared);
    const env = { CI: undefined, GITHUB_ACTIONS: undefined, K3S_LAB_REPORT: undefined };
    screen = await openScreen({ columns: 80, rows: 24, cwd: root, env, on: world.host });
  },
});

const config = () => `--config ${lab.dir}/lab.yaml`;
const logs = () => join(lab.dir, ".lab/logs");

realTest("lab:up shows its stages; Ctrl-C tells where it stopped, and what continues from there", async () => {
  await screen.type(`clear; npm run -s lab:up -- ${config()}`);
  const rows = await screen.until(/^✔ machines [^]*^\S cluster +\d+ s  \w/m, 60_000);
  assert.match(rows.join("\n"), /^✔ host-network +\d+ actions? \d+\.\d s$/m);
  assert.match(rows.join("\n"), /^✔ machines +\d+ actions? \d+\.\d s$/m);
  assert.match(rows.join("\n"), /^◦ registry +waiting$/m);
  await screen.press("C-c");
  const ended = (await screen.until(/^\$$/m, 30_000)).join("\n");
  assert.match(ended, /Interrupted: ending what was started/);
  assert.match(ended, /✘ interrupted in cluster, at "[A-Z]/);
  // As wide as the terminal is.
  assert.match(ended.replaceAll(/\s+/g, " "), `\`npm run lab:up -- ${config()}\` continues from there.`);
  assert.not.match(ended, "The log of this run");
  await screen.type("clear; echo ended with $?");
});

realTest("the next run goes on, folds each stage to a line, and leaves the terminal as it was", async () => {
  await screen.type(`clear; npm run -s lab:up -- ${config()} && echo it went well`);
  await screen.until(/^it went well$/m, 120_000);
  const shown = await screen.all();
  for (const stage of ["host-network", "machines", "cluster", "registry"]) {
    assert.is(shown.match(new RegExp(`^✔ ${stage} `, "gm"))?.length, 1, shown);
  }
  assert.match(shown, "The lab is up: 1 node Ready, registry verified");
  assert.not.match(shown, /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
});

realTest("each run has a log of its own, without secrets, with the programs that it has started", async () => {
  const names = readdirSync(logs()).filter((name) => name.includes("-lab-up-"));
  assert.is(names.length, 2, names.join());
  const secrets = Object.values(lab.state<Readonly<Record<string, unknown>>>("secrets.json")).filter(
    (value): value is string => typeof value === "string" && value.length > 8,
  );
  assert.ok(secrets.length > 0);
  for (const name of names) {
    const path = join(logs(), name);
    assert.is(statSync(path).mode & 0o777, 0o600);
    const log = readFileSync(path, "utf8");
    assert.match(log, /Z machines +\$ /);
    for (const secret of secrets) assert.not(log.includes(secret), name);
  }
});

realTest("an error names the log; --quiet says nothing else", async () => {
  const quiet = await lab.npm("push", ["--quiet", join(root, "package.json")]);
  assert.is(quiet.exitCode, 2);
  assert.is(quiet.stdout, "");
  const [problem = "", log = "", ...more] = quiet.stderr.split("\n");
  assert.match(problem, "package.json");
  assert.match(log, /^The log of this run is .*\/\.lab\/logs\/\w+-push-\d+\.log$/);
  assert.equal(more, []);
  const silent = await lab.npm("lab:up", ["-q"]);
  assert.equal([silent.exitCode, silent.stdout, silent.stderr], [0, "", ""]);
});

realTest("every line of --json fits the schema, those of programs, too", async () => {
  const up = await lab.npmOk("lab:up", ["--json", "--verbose"]);
  const down = await lab.npmOk("lab:down", ["--json", "--verbose"]);
  for (const [output, kinds] of [
    [up, ["summary"]],
    [down, ["stage-started", "step-started", "action-started", "command-started", "command-ended", "stage-ended"]],
  ] as const) {
    const lines = output.trim().split("\n");
    assert.equal(misfitsOf(lines), []);
    for (const kind of kinds)
      assert.ok(
        lines.some((line) => line.startsWith(`{"event":"${kind}"`)),
        kind,
      );
  }
});

test.run();
