#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { command } from "./command.js";
import { noLab } from "./expect-lab.js";
import { describeLab, renderStatus } from "./describe-lab.js";

await command(
  {
    name: "npm run lab:status",
    does: "Says how the lab is. Ends with 0 where every node is Ready and the registry answers, else with 1.",
    options: { json: { type: "boolean" } },
  },
  async ({ file, flag, signal }) => {
    const lab = await openLab(file, { anyConfig: true });
    const status = await describeLab(lab, signal);
    if (flag("json")) console.log(JSON.stringify(status ?? { name: lab.config.name, state: "absent" }, undefined, 2));
    if (status === undefined) throw noLab(lab);
    if (!flag("json")) console.log(renderStatus(status));
    return status.state === "up" ? exitCode.done : exitCode.failed;
  },
);
