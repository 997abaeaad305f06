#!/usr/bin/env node
import { openLab, takeLock } from "@k3s-lab/lab";
import { requireRootFor } from "@k3s-lab/machines";
import { openReport, reportKind } from "@k3s-lab/steps";
import { command } from "./command.js";
import { runPipeline } from "./pipeline.js";

await command(
  {
    name: "npm run lab:up",
    does: "Brings the lab up, or mends it: machines, K3s on each of them, and the registry, all verified.",
    options: { json: { type: "boolean" } },
  },
  async ({ file, flag, signal }) => {
    const lab = await openLab(file);
    requireRootFor(lab, "lab:up");
    using _lock = takeLock(lab.state.path("lock"), "lab:up");
    // Recorded only now, so that the stages of another command at work keep the configuration that they began with.
    await openLab(file, { record: true });
    const started = performance.now();
    // Loaded while the stages are at work, not before.
    const summarizing = import("./summary.js");
    const report = openReport(flag("json") ? "json" : reportKind());
    // A lab that has come as far as its registry has had all that is fetched; a stage that misses something fetches it.
    const alone = lab.state.read("registry") !== undefined;
    const { exitCode, stages } = await runPipeline("lab:up", lab, report, signal, { alone });
    if (exitCode !== 0) return exitCode;
    const { renderSummary, summaryOf } = await summarizing;
    const summary = summaryOf(lab, stages, performance.now() - started);
    console.log(flag("json") ? JSON.stringify({ event: "summary", ...summary }) : renderSummary(summary));
    return 0;
  },
);
