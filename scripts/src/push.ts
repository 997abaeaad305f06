#!/usr/bin/env node
import { openLab, useHostSettings } from "@k3s-lab/lab";
// By their own paths: this command has no need of the whole package, whose start would be felt.
import { pushImages } from "@k3s-lab/registry/push";
import { readRegistry } from "@k3s-lab/registry/record";
import { openReport, reportKind } from "@k3s-lab/steps";
import { commands } from "./commands.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.push, async ({ file, operands, flag, value, signal }) => {
  const lab = await openLab(file);
  const registry = readRegistry(lab);
  if (registry === undefined) throw noLab(lab);
  await useHostSettings(lab);
  const report = openReport(reportKind());
  const options = {
    registry,
    name: value("name"),
    allPlatforms: flag("all-platforms"),
    install: lab.config.host.install,
    progress: (message: string) => report({ event: "progress", stage: "push", message }),
    signal,
  };
  for await (const pushed of pushImages(operands, options)) {
    console.log(flag("json") ? JSON.stringify(pushed) : [...pushed.references, pushed.digest].join("\n"));
  }
});
