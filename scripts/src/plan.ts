#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { countOf, type Plan, planLab } from "@k3s-lab/stages";
import { Facts } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { checkHost } from "./check-host.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.plan, async ({ file, flag, signal }) => {
  const lab = await openLab(file);
  const elsewhere = await becomeRoot(lab, "lab:plan");
  if (elsewhere !== undefined) return elsewhere;
  checkHost(lab);
  const plan = await planLab(chain, lab, new Facts(signal));
  const { fetch, stages, notes, obstacle } = plan;
  if (flag("json")) {
    const stop = obstacle && { message: obstacle.message, id: obstacle.id };
    console.log(JSON.stringify({ fetch, stages, notes, obstacle: stop }, undefined, 2));
  } else console.log(render(plan));
  if (obstacle) return obstacle.exitCode;
  return flag("exit-code") && countOf(fetch, stages) > 0 ? exitCode.planNotEmpty : exitCode.done;
});

function render({ fetch, stages, notes, obstacle }: Plan): string {
  const count = countOf(fetch, stages);
  const told = notes.map((note) => `Note: ${note}`);
  if (count === 0 && obstacle === undefined) {
    return [...told, "Nothing to do: the lab is as lab.yaml asks."].join("\n");
  }
  const lines = [...fetch, ...stages]
    .filter(({ actions }) => actions.length > 0)
    .flatMap(({ stage, actions }) => [
      `${stage}:`,
      ...actions.map(({ sentence, provided }) => `  ${sentence}${provided === undefined ? "" : ` (${provided})`}`),
    ]);
  return [
    ...lines,
    ...told,
    ...(obstacle === undefined ? [] : ["", `lab:up would stop here: ${obstacle.message}`]),
    "",
    `${count} action${count === 1 ? "" : "s"}. Nothing was touched; \`npm run lab:up\` carries them out.`,
  ].join("\n");
}
