#!/usr/bin/env node
import { diagnose, renderReport, repair, repairsFor, reportOf } from "@k3s-lab/doctor";
import { openLab } from "@k3s-lab/lab";
import { takeLock } from "@k3s-lab/host";
import { exitCode } from "@k3s-lab/problem";
import { requireRoot } from "@k3s-lab/machines";
import { openReport, reportKind } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.doctor, async ({ file, flag, signal }) => {
  const lab = await openLab(file);
  const elsewhere = await becomeRoot(lab, "doctor");
  if (elsewhere !== undefined) return elsewhere;
  const started = performance.now();
  const options = { signal, probes: !flag("no-probe") };
  let look = await diagnose(chain, lab, options);
  let fixed: readonly string[] = [];
  if (flag("fix")) {
    requireRoot("doctor -- --fix");
    using _lock = takeLock(lab.state.path("lock"), "doctor --fix");
    fixed = await repair(repairsFor(chain, lab, look.survey, look.diagnosis.findings), {
      report: openReport(reportKind()),
      signal,
      // For a person: standard output is the report's.
      announce: (sentences) => console.error(["To be done:", ...sentences.map((each) => `  ${each}`)].join("\n")),
    });
  }
  if (fixed.length > 0) look = await diagnose(chain, lab, options);
  const { survey, diagnosis, canary } = look;
  const report = reportOf(survey, diagnosis, { fixed, milliseconds: performance.now() - started, canary });
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  console.log(flag("json") ? JSON.stringify(report, undefined, 2) : renderReport(report, { colour }));
  return report.ok ? exitCode.done : exitCode.failed;
});
