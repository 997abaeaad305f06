#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { openReport, reportKind } from "@k3s-lab/steps";
import { command } from "./command.js";
import { runPipeline } from "./pipeline.js";

await command(
  {
    name: "npm run lab:fetch",
    does: "Fills every cache (K3s, root file system, images, host programs) and changes nothing else.",
    options: { json: { type: "boolean" } },
  },
  async ({ file, flag, signal }) => {
    const lab = await openLab(file);
    const report = openReport(flag("json") ? "json" : reportKind());
    return (await runPipeline("lab:fetch", lab, report, signal)).exitCode;
  },
);
