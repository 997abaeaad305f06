#!/usr/bin/env node
import { describeHost, probeHost, surveyHost } from "@k3s-lab/host-network";
import { openLab } from "@k3s-lab/lab";
import { command } from "./command.js";

await command(
  {
    name: "npm run probe",
    does: "Says what the host's network looks like: uplink, gateway, resolvers, routes, bridges, VPNs and VIFs.",
    options: { json: { type: "boolean" } },
  },
  async ({ file, flag }) => {
    const { config } = await openLab(file);
    const seen = await probeHost();
    const { uplink } = config.network;
    if (flag("json")) console.log(JSON.stringify(surveyHost(seen, uplink), undefined, 2));
    else console.log(describeHost(seen, uplink).join("\n"));
  },
);
