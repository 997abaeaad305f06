#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { Facts } from "@k3s-lab/steps";
import { chain } from "./chain.js";
import { commands } from "./commands.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { lookAtLab, renderStatus } from "./show-lab.js";

await runCommand(commands.status, async ({ file, flag, signal }) => {
  const lab = await openLab(file, { anyConfig: true });
  const status = await lookAtLab(chain, lab, new Facts(signal));
  if (flag("json")) console.log(JSON.stringify(status ?? { name: lab.config.name, state: "absent" }, undefined, 2));
  if (status === undefined) throw noLab(lab);
  if (!flag("json")) console.log(renderStatus(status));
  return status.state === "up" ? exitCode.done : exitCode.failed;
});
