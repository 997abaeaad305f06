#!/usr/bin/env node
import { describeHost, probeHost, surveyHost } from "@k3s-lab/host-network";
import { machineProvider, openLab } from "@k3s-lab/lab";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.probe, async ({ file, flag }) => {
  const { config } = await openLab(file);
  const seen = await probeHost();
  const { uplink } = config.network;
  if (flag("json")) console.log(JSON.stringify(surveyHost(seen, uplink), undefined, 2));
  else console.log(describeHost(seen, uplink, machineProvider(config)).join("\n"));
});
