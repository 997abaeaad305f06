#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { command } from "./command.js";
import { foreseeLab } from "./stages.js";

await command(
  {
    name: "npm run lab:plan",
    does: "Says what lab:up would do, and touches nothing. With --exit-code, ends with 4 where there is something to do.",
    options: { json: { type: "boolean" }, "exit-code": { type: "boolean" } },
  },
  async ({ file, flag, signal }) => {
    const plan = await foreseeLab(await openLab(file), signal);
    const count = plan.reduce((sum, { actions }) => sum + actions.length, 0);
    if (flag("json")) console.log(JSON.stringify({ stages: plan }, undefined, 2));
    else console.log(render(plan, count));
    return flag("exit-code") && count > 0 ? exitCode.planNotEmpty : exitCode.done;
  },
);

function render(plan: Awaited<ReturnType<typeof foreseeLab>>, count: number): string {
  const lines = plan
    .filter(({ actions }) => actions.length > 0)
    .flatMap(({ stage, actions }) => [`${stage}:`, ...actions.map((sentence) => `  ${sentence}`)]);
  if (count === 0) return "Nothing to do: the lab is as lab.yaml asks.";
  return [
    ...lines,
    "",
    `${count} action${count === 1 ? "" : "s"}. Nothing was touched; \`npm run lab:up\` carries them out.`,
  ].join("\n");
}
