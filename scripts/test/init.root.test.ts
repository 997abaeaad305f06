// lab:init as a person uses it: at a terminal, with keys.
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellWord } from "@k3s-lab/exec";
import { openLab } from "@k3s-lab/lab";
import { asUser, emulateHost, isRoot, openScreen, rootOnly, type Screen, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const all = suite<{ world: World; dir: string; file: string; screen: Screen }>("lab:init at a terminal");
const test = rootOnly("lab:init at a terminal", all);

all.before(async (context) => {
  if (isRoot) context.world = await emulateHost();
});
all.after(async ({ world }) => {
  if (isRoot) await world[Symbol.asyncDispose]();
});
all.before.each(async (context) => {
  if (!isRoot) return;
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-init-")));
  context.file = join(context.dir, "lab.yaml");
  const env = { NO_COLOR: undefined, CI: undefined, K3S_LAB_CONFIG: undefined, INIT_CWD: undefined };
  context.screen = await openScreen({ columns: 110, rows: 60, cwd: root, env, on: context.world.host });
});
all.after.each(async ({ screen, dir }) => {
  if (!isRoot) return;
  await screen[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const start = ({ screen, file }: { readonly screen: Screen; readonly file: string }) =>
  screen.type(`npm run -s lab:init -- --config ${shellWord(file)}; echo "ended with $?"`);

/** Answers a question, once it is asked. */
async function answer(screen: Screen, question: string, text = ""): Promise<void> {
  await screen.until(new RegExp(`◆ {2}${question}`));
  await screen.type(text);
}

/** Goes past the question of the driver, which is asked only where several work. */
async function passDriver(screen: Screen): Promise<void> {
  const rows = await screen.until(/◆ {2}What makes the machines|◆ {2}Which network/);
  if (rows.some((row) => row.includes("◆  What makes"))) await screen.press("Enter");
}

/** Types what is wrong, reads why, and takes it back. */
async function refuse(screen: Screen, text: string, why: RegExp): Promise<void> {
  await screen.type(text);
  await screen.until(new RegExp(`▲[^◆]*${why.source}`));
  await screen.press("C-u");
}

const read = (file: string) => readFileSync(file, "utf8");

test("names, numbers and arrows become a lab.yaml, and what is wrong is told at once", async (context) => {
  const { screen, file } = context;
  await start(context);
  await screen.until(/◆ {2}What is the lab called\?\n│ {2}k3s-lab/);
  await refuse(screen, "My Lab", /must be a DNS label: lower-case letters/);
  await screen.type("demo");
  await passDriver(screen);
  await screen.until(/◆ {2}Which network are the nodes on\?\n│ {2}● Private/);
  await screen.press("Down");
  await screen.until(/● Bridged \(nodes on the host's own LAN, with its router\)/);
  await screen.press("Enter");
  await screen.until(/● auto: lan0 \(has the only default route, and takes nodes as macvlans\)/);
  await screen.press("Down");
  await screen.until(/● lan0 \(/);
  await screen.press("Enter");
  await screen.until(/◆ {2}What is the server called\?/);
  await refuse(screen, "10", /must have a letter: a number alone/);
  await screen.type("cp");
  await screen.until(/◆ {2}How many agents\?\n│ {2}2/);
  for (const wrong of ["1.5", "two", "100"])
    await refuse(screen, wrong, /expected a whole number|must be from 0 to 99/);
  await screen.type("3");
  await screen.until(/◆ {2}What are the agents called\?\n│ {2}agent1, agent2, agent3/);
  await refuse(screen, "a, b", /expected 3 names, seen 2/);
  await refuse(screen, "a, a, b", /a is there twice/);
  await refuse(screen, "cp, a, b", /cp is the server's name/);
  await screen.type("a, b, c");
  await screen.until(/◆ {2}Which release of K3s\?\n│ {2}v1\./);
  await refuse(screen, "1.30", /must be a K3s version such as v1/);
  await screen.press("Enter");
  await screen.until(/ {2}- \{ name: c, role: agent \}[^]*◆ {2}Write \S+lab\.yaml\?/);
  assert.not.ok(existsSync(file), "nothing is written before");
  await screen.press("Enter");
  await screen.until(/Next: npm run lab:up -- --config .*\n[^]*ended with 0/);
  assert.not.match(await screen.all(), /warning/i);
  const { config } = await openLab(file);
  assert.equal(
    [config.name, ...config.nodes.map(({ name, role }) => `${name} ${role}`)],
    ["demo", "cp server", "a agent", "b agent", "c agent"],
  );
  assert.equal([config.network.mode, config.network.interface], ["bridged", "lan0"]);
});

test("on its own file, Enter alone changes nothing; another answer is shown, and written when confirmed", async (context) => {
  const { screen, file } = context;
  writeFileSync(file, "# mine\nname: ann   # hers\nnodes: [{ name: multi, role: server }]\n");
  const before = read(file);
  const goThrough = async (server: string) => {
    await screen.type("clear");
    await start(context);
    await screen.until(/◆ {2}What is the lab called\?\n│ {2}ann/);
    await screen.press("Enter");
    await passDriver(screen);
    for (const question of ["Which network", "By which interface"]) await answer(screen, question);
    await answer(screen, "What is the server", server);
    await screen.until(/◆ {2}How many agents\?\n│ {2}0/);
    await screen.press("Enter");
    await answer(screen, "Which release");
  };
  await goThrough("");
  await screen.until(/is as it was: nothing is answered otherwise\.[^]*ended with 0/);
  assert.is(read(file), before);

  await goThrough("cp");
  await screen.until(
    /-nodes: \[\{ name: multi, role: server \}\]\n│ {2}\+nodes: \[\{ name: cp, role: server \}\][^]*◆ {2}Change/,
  );
  await screen.press("Right");
  await screen.until(/○ Yes \/ ● No/);
  await screen.press("Enter");
  await screen.until(/Nothing was written\.[^]*ended with 130/);
  assert.is(read(file), before);

  await goThrough("cp");
  await screen.until(/◆ {2}Change/);
  await screen.type("y");
  await screen.until(/ended with 0/);
  assert.is(read(file), before.replace("multi", "cp"));
});

test("Ctrl-C in any question leaves everything as it was", async (context) => {
  const { screen, file, dir } = context;
  await start(context);
  await screen.until(/◆ {2}What is the lab called/);
  await screen.press("C-c");
  await screen.until(/└ {2}Nothing was written\.[^]*ended with 130/);
  await screen.type("clear");
  await start(context);
  await answer(screen, "What is the lab called", "demo");
  await passDriver(screen);
  await screen.until(/◆ {2}Which network/);
  await screen.press("C-c");
  await screen.until(/Nothing was written\.[^]*ended with 130/);
  assert.not.ok(existsSync(file) || existsSync(join(dir, ".lab")));
  // The terminal is as it was: what is typed is shown.
  await screen.type("echo still $((40+2))");
  await screen.until(/^still 42$/m);
});

test("a wrong lab.yaml is told before anything is asked", async (context) => {
  const { screen, file } = context;
  writeFileSync(file, "name: A\n");
  await start(context);
  await screen.until(/lab\.yaml:1:7: name: mu\n?st be a DNS label[^]*ended with 2/);
  assert.is(read(file), "name: A\n");
});

test("what a Vagrantfile says is asked about, and what it says besides is shown first", async (context) => {
  const { screen, file } = context;
  await screen.type(
    `npm run -s lab:init -- --config ${shellWord(file)} --from examples/seed/original; echo "ended with $?"`,
  );
  await screen.until(/line 76: synced_folder[^]*◆ {2}What is the lab called/);
  await screen.press("Enter");
  await passDriver(screen);
  await screen.until(/◆ {2}Which network are the nodes on\?\n│ {2}○ Private\n│ {2}● Bridged/);
  await screen.press("C-c");
  await screen.until(/ended with 130/);
});

test("a user without root and Docker gets the command for root", async ({ screen, dir, file }) => {
  chmodSync(dir, 0o777);
  const [command, args] = asUser(65534, ["scripts/dist/init.js", "--yes", "--config", file]);
  const env = `env INIT_CWD=/ HOME=/ DOCKER_HOST=unix://${dir}/none`;
  await screen.type(`${env} ${[command, ...args].map(shellWord).join(" ")} | tail -n 1; echo "ended with $?"`);
  const rows = await screen.until(/ended with 0/);
  assert.match(rows.join(""), `Next: sudo env "PATH=$PATH" K3S_LAB_CONFIG=${file} npm run lab:up`);
  assert.is(statSync(file).uid, 65534);
});

all.run();
