#!/usr/bin/env node
import { openLab, useHostSettings } from "@k3s-lab/lab";
// By their own paths: this command has no need of the whole package, whose start would be felt.
import { pushImages } from "@k3s-lab/registry/push";
import { readRegistry } from "@k3s-lab/registry/record";
import type { Progress } from "@k3s-lab/steps";
import { commands } from "./commands.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";

await runCommand(commands.push, async (invocation) => {
  const { file, operands, flag, value, signal } = invocation;
  const lab = await openLab(file);
  const registry = readRegistry(lab);
  if (registry === undefined) throw noLab(lab);
  await useHostSettings(lab);
  return runReported(invocation, { command: "push", lab }, async ({ report, print }) => {
    const progress: Progress = (message, extent) => report({ event: "progress", stage: "push", message, ...extent });
    const options = {
      registry,
      name: value("name"),
      allPlatforms: flag("all-platforms"),
      install: lab.config.host.install,
      progress,
      signal,
    };
    for await (const pushed of pushImages(operands, options)) {
      if (flag("json")) print(JSON.stringify(pushed));
      else if (!flag("quiet")) print([...pushed.references, pushed.digest].join("\n"));
    }
  });
});
