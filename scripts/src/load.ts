#!/usr/bin/env node
import { type Lab, openLab, useHostSettings } from "@k3s-lab/lab";
// By their own paths: this command has no need of the whole packages, whose start would be felt.
import { openDriver } from "@k3s-lab/machines/open-driver";
import { machinesRecord } from "@k3s-lab/machines/record";
import { mayEnter, requireRootFor } from "@k3s-lab/machines/require-root";
import { loadImages } from "@k3s-lab/registry/load";
import { readRegistry } from "@k3s-lab/registry/record";
import type { Progress } from "@k3s-lab/steps";
import { commands } from "./commands.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";

await runCommand(commands.load, async (invocation) => {
  const { file, operands, flag, value, signal } = invocation;
  const lab = await openLab(file);
  const registry = readRegistry(lab);
  if (registry === undefined) throw noLab(lab);
  if (!mayEnter(lab)) requireRootFor(lab, "load");
  const nodes = openDriver(lab);
  const names = namesOf(lab);
  // One that stands still is named before anything is saved.
  await Promise.all(names.map((name) => nodes.exec(name, ["true"], { signal })));
  await useHostSettings(lab);
  return runReported(invocation, { command: "load", lab }, async ({ report, print }) => {
    const progress: Progress = (message, extent) => report({ event: "progress", stage: "load", message, ...extent });
    const install = lab.config.host.install;
    const options = { registry, nodes, names, name: value("name"), install, progress, signal };
    for await (const loaded of loadImages(operands, options)) {
      const { references } = loaded;
      const latest = references.find((reference) => reference.endsWith(":latest"));
      if (latest !== undefined) report({ event: "note", stage: "load", message: noteOn(latest) });
      if (flag("json")) print(JSON.stringify(loaded));
      else if (!flag("quiet")) print(`${references.join(", ")} on ${loaded.nodes.join(", ")}`);
    }
  });
});

function namesOf(lab: Lab): readonly string[] {
  return lab.state.expect(machinesRecord).machines.map(({ name }) => name);
}

function noteOn(reference: string): string {
  return `a pod asks a registry for ${reference} unless it has imagePullPolicy: IfNotPresent, because of the tag latest`;
}
