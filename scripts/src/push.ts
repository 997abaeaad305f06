#!/usr/bin/env node
import { openLab, useHostSettings } from "@k3s-lab/lab";
// By their own paths: this command has no need of the whole package, whose start would be felt.
import { addGarbage, startPushing } from "@k3s-lab/registry/garbage";
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
    let replaced = 0;
    const pushing = await startPushing(lab, { progress, signal });
    const options = {
      registry,
      name: value("name"),
      allPlatforms: flag("all-platforms"),
      install: lab.config.host.install,
      progress,
      signal,
      replaced: (bytes: number) => void (replaced += bytes),
    };
    try {
      for await (const pushed of pushImages(operands, options)) {
        if (flag("json")) print(JSON.stringify(pushed));
        else if (!flag("quiet")) print([...pushed.references, pushed.digest].join("\n"));
      }
    } finally {
      pushing?.[Symbol.dispose]();
    }
    // A user who may not write there has not pushed for the lab's owner to clean up after.
    if (pushing === undefined || replaced === 0) return;
    const gathered = addGarbage(lab, replaced);
    const { garbage } = lab.config.registry;
    if (garbage === 0 || gathered < garbage * 1e6) return;
    const { collectStore } = await import("./collect-store.js");
    await collectStore(lab, gathered, report, signal);
  });
});
