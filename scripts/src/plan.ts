#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { exitCode, type Problem } from "@k3s-lab/problem";
import { restoringOf } from "@k3s-lab/snapshots";
import { countOf, planLab } from "@k3s-lab/stages";
import { Facts, fitTo, paintFor } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { checkHost } from "./check-host.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { countsOf, headlineOf, renderPlan } from "./show-plan.js";

await runCommand(commands.plan, async ({ file, flag, signal }) => {
  const lab = await openLab(file);
  const elsewhere = await becomeRoot(lab, "lab:plan");
  if (elsewhere !== undefined) return elsewhere;
  checkHost(lab);
  const planned = await planLab(chain, lab, new Facts(signal));
  const restoring = restoringOf(lab);
  const plan = restoring === undefined ? planned : { ...planned, notes: [wordRestoring(restoring), ...planned.notes] };
  const { fetch, stages, notes, obstacle, replaces } = plan;
  const { nodes } = lab.config;
  if (flag("json")) {
    const headline = headlineOf(
      plan,
      nodes.map(({ name }) => name),
    );
    const shown = { headline, counts: countsOf(plan), fetch, stages, notes };
    const problems = { obstacle: obstacle && described(obstacle), replaces: replaces && described(replaces) };
    console.log(JSON.stringify({ ...shown, ...problems }, undefined, 2));
  } else console.log(fitTo(process.stdout, renderPlan(plan, nodes, paintFor(process.stdout))));
  if (obstacle) return obstacle.exitCode;
  return flag("exit-code") && (restoring !== undefined || countOf(fetch, stages) > 0 || replaces !== undefined)
    ? exitCode.planNotEmpty
    : exitCode.done;
});

function wordRestoring(name: string): string {
  return `the restore of ${name} was cut short after it was decided: \`npm run lab:up\` finishes it first, and this is the plan without it`;
}

function described({ message, id }: Problem) {
  return { message, id };
}
