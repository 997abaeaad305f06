#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { pushImage, readRegistry } from "@k3s-lab/registry";
import { openReport, reportKind } from "@k3s-lab/steps";
import { commands } from "./commands.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.push, async ({ file, operands: [image = ""], flag, value, signal }) => {
  const lab = await openLab(file);
  const registry = readRegistry(lab);
  if (registry === undefined) throw noLab(lab);
  const report = openReport(reportKind());
  const pushed = await pushImage(image, {
    registry,
    name: value("name"),
    install: lab.config.host.install,
    progress: (message) => report({ event: "progress", stage: "push", message }),
    signal,
  });
  console.log(flag("json") ? JSON.stringify(pushed) : [...pushed.references, pushed.digest].join("\n"));
});
