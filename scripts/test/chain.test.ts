// The list of stages, and turbo, which runs lab:up and lab:fetch along the packages' dependencies, say the same.
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import type { Stage } from "@k3s-lab/stages";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chain } from "../src/chain.js";
import { root } from "./drive-lab.js";

const test = suite("scripts chain");

interface Task {
  readonly taskId: string;
  readonly command: string;
  readonly dependencies: readonly string[];
}

/** What turbo would run of both tasks, by "STAGE TASK"; the tasks of packages that have no such script are nothing. */
async function turboTasks(...options: readonly string[]): Promise<ReadonlyMap<string, Task>> {
  const env = { TURBO_TELEMETRY_DISABLED: "1" };
  const { stdout } = await run(join(root, "node_modules/.bin/turbo"), ["run", "lab:up", ...options, "--dry=json"], {
    cwd: root,
    env,
  });
  const { tasks } = JSON.parse(stdout) as { readonly tasks: readonly Task[] };
  return new Map(tasks.map((task) => [task.taskId, task]));
}

/** Every task that must have ended before this one starts. */
function before(tasks: ReadonlyMap<string, Task>, id: string, found = new Set<string>()): ReadonlySet<string> {
  for (const each of tasks.get(id)?.dependencies ?? []) {
    if (found.has(each)) continue;
    found.add(each);
    before(tasks, each, found);
  }
  return found;
}

const id = (stage: string, task: string) => `@k3s-lab/${stage}#lab:${task}`;

/** Where turbo and a list of stages differ. */
function differences(stages: readonly Stage[], tasks: ReadonlyMap<string, Task>): readonly string[] {
  const names = stages.map(({ name }) => name);
  const expected = names.flatMap((name) =>
    ["fetch", "up"].map(
      (task) => [id(name, task), `node --optimize-for-size ../../scripts/bin/run.js stage ${name} ${task}`] as const,
    ),
  );
  const commands = new Map([...tasks.values()].map(({ taskId, command }) => [taskId, command]));
  const started = [...commands].filter(([, command]) => command !== "<NONEXISTENT>").map(([task]) => task);
  return [
    ...expected
      .filter(([task, command]) => commands.get(task) !== command)
      .map(([task]) => `${task} does not run its stage`),
    ...started.filter((task) => !expected.some(([known]) => known === task)).map((task) => `${task} is of no stage`),
    ...names.flatMap((name, index) => {
      const earlier = before(tasks, id(name, "up"));
      return [id(name, "fetch"), ...names.slice(0, index).map((each) => id(each, "up"))]
        .filter((task) => !earlier.has(task))
        .map((task) => `${id(name, "up")} does not wait for ${task}`);
    }),
  ];
}

const tasks = await turboTasks();

test("turbo runs every stage of the list, each after those before it and after its own fetching", () => {
  assert.equal(differences(chain, tasks), []);
});

for (const { name } of chain) {
  test(`a list without ${name} is noticed`, () => {
    const seen = differences(
      chain.filter((stage) => stage.name !== name),
      tasks,
    );
    assert.equal(seen.toSorted(), [`${id(name, "fetch")} is of no stage`, `${id(name, "up")} is of no stage`]);
  });
}

test("one stage can be run alone, and with those before it", async () => {
  const alone = await turboTasks("--filter", "@k3s-lab/cluster", "--only");
  assert.equal([...alone.keys()], [id("cluster", "up")]);
  const whole = await turboTasks("--filter", "@k3s-lab/cluster");
  for (const name of ["host-network", "machines", "cluster"]) assert.ok(whole.has(id(name, "up")), name);
  assert.not.ok(whole.has(id("registry", "up")));
});

test("a list in another order is noticed", () => {
  assert.ok(
    differences(chain.toReversed(), tasks).includes(
      "@k3s-lab/host-network#lab:up does not wait for @k3s-lab/registry#lab:up",
    ),
  );
});

test.run();
