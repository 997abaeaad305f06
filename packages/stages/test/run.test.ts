import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openLab } from "@k3s-lab/lab";
import { decodeEvent, type Event } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string }>("stages run-stage");
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-stage-"));
  writeFileSync(join(context.dir, "lab.yaml"), "");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

interface Options {
  readonly program?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the stage; `onPid` is called with the process that it starts. */
async function stage(dir: string, onPid: (pid: number, stage: number) => void, options: Options = {}) {
  const { program = "sleeping-stage", env: more } = options;
  const env = { ...process.env, ...more, K3S_LAB_CONFIG: join(dir, "lab.yaml"), K3S_LAB_REPORT: "events" };
  const child = spawn(process.execPath, ["--import", "tsx", fixture(program)], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const events: Event[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const event = decodeEvent(line);
    if (event) events.push(event);
    if (line.startsWith("pid ")) onPid(Number(line.slice(4)), child.pid ?? 0);
  }
  const [code] = (await ended) as [number];
  const problem = events.find((event) => event.event === "problem");
  return { code, problem, events, last: events.at(-1)?.event };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends the program in the middle of an action, and the stage with 130`, async ({ dir }) => {
    let started = 0;
    const { code, problem, last } = await stage(dir, (pid, self) => {
      started = pid;
      process.kill(self, signal);
    });
    assert.is(code, 130);
    assert.is(problem?.message, "interrupted; the next run continues from here");
    assert.is(last, "stage-ended");
    assert.throws(() => process.kill(started, 0), /ESRCH/);
  });
}

test("a stage whose command was killed interrupts itself", async ({ dir }) => {
  const owner = spawn("sleep", ["60"]);
  const { code, problem } = await stage(dir, () => owner.kill("SIGKILL"), {
    env: { K3S_LAB_OWNER: String(owner.pid) },
  });
  assert.is(code, 130);
  assert.is(problem?.message, "interrupted; the next run continues from here");
});

test("a lab.yaml that is wrong ends the stage with 2", async ({ dir }) => {
  writeFileSync(join(dir, "lab.yaml"), "colour: red\n");
  const { code, problem } = await stage(dir, () => {});
  assert.is(code, 2);
  assert.match(problem?.message ?? "", "unknown key colour");
  assert.is(problem?.id, "LAB-CFG-006");
});

test("a stage goes by the configuration that its command has recorded; without a command, by lab.yaml", async ({
  dir,
}) => {
  const file = join(dir, "lab.yaml");
  writeFileSync(file, "name: one\n");
  const { state } = await openLab(file, { record: true });
  writeFileSync(file, "name: two\n");
  const recordedName = () =>
    (JSON.parse(readFileSync(state.path("config"), "utf8")) as { config: { name: string } }).config.name;
  const owned = { program: "lamp-stage", env: { K3S_LAB_OWNER: String(process.pid) } };
  assert.is((await stage(dir, () => {}, owned)).code, 0);
  assert.is(recordedName(), "one");
  assert.is((await stage(dir, () => {}, { program: "lamp-stage" })).code, 0);
  assert.is(recordedName(), "two");
  state.remove("config");
  assert.is((await stage(dir, () => {}, owned)).code, 0);
  assert.is(recordedName(), "two");
  // A lab needs no lab.yaml, whatever name its command hands on.
  state.remove("config");
  rmSync(file);
  assert.is((await stage(dir, () => {}, owned)).code, 0);
  assert.is(recordedName(), "k3s-lab");
});

test("a stage records what it decides, and does what a later one contributes", async ({ dir }) => {
  const { code, events } = await stage(dir, () => {}, { program: "lamp-stage" });
  assert.is(code, 0);
  const happened = events.flatMap((event) =>
    event.event === "action-ended" ? event.action : event.event === "note" ? `note: ${event.message}` : [],
  );
  // The later stage decides again in its own run, and notes it there.
  assert.equal(happened, ["note: cables of 5 m", "make cable of 5 m", "make hook for a red lamp"]);
  const { state } = await openLab(join(dir, "lab.yaml"));
  assert.equal(JSON.parse(readFileSync(state.path("hostNetwork"), "utf8")), { schema: 2, length: 5 });
  assert.not.ok(state.exists("machines"));
});

test("a stage destroys only what was agreed to, whoever has started it", async ({ dir }) => {
  const disk = join(dir, "disk");
  writeFileSync(disk, "");
  const remove = (agreed?: string) =>
    stage(dir, () => {}, { program: "removing-stage", env: { K3S_LAB_AGREED: agreed } });
  for (const agreed of [undefined, "0", ""]) {
    const { code, problem } = await remove(agreed);
    assert.is(code, 2);
    assert.is(problem?.id, "LAB-PLN-001");
    assert.match(problem?.message ?? "", "would destroy a's disk");
    assert.ok(existsSync(disk));
  }
  const { code, events } = await remove("1");
  assert.is(code, 0);
  assert.not.ok(existsSync(disk));
  const started = events.find((event) => event.event === "action-started");
  assert.equal([started?.on, started?.kind], ["a", "remove"]);
});

test.run();
