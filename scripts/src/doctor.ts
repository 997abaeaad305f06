#!/usr/bin/env node
import { diagnose, renderReport, repair, repairsFor, reportOf } from "@k3s-lab/doctor";
import { openLab } from "@k3s-lab/lab";
import { takeLock } from "@k3s-lab/host";
import { exitCode } from "@k3s-lab/problem";
import { requireRoot } from "@k3s-lab/machines";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";

await runCommand(commands.doctor, async (invocation) => {
  const { file, flag, signal } = invocation;
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
    const repairs = repairsFor(chain, lab, look.survey, look.diagnosis.findings);
    const code = await runReported(invocation, { command: "doctor", lab }, async ({ report }) => {
      fixed = await repair(repairs, { report, signal, announce: flag("quiet") ? () => {} : announce });
    });
    if (code !== exitCode.done) return code;
  }
  if (fixed.length > 0) look = await diagnose(chain, lab, options);
  const { survey, diagnosis, canary } = look;
  const report = reportOf(survey, diagnosis, { fixed, milliseconds: performance.now() - started, canary });
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  console.log(flag("json") ? JSON.stringify(report, undefined, 2) : renderReport(report, { colour }));
  return report.ok ? exitCode.done : exitCode.failed;
});

/** For a person: standard output is the report's. */
function announce(sentences: readonly string[]): void {
  console.error(["To be done:", ...sentences.map((each) => `  ${each}`)].join("\n"));
}
