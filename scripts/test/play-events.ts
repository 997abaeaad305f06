// Plays recorded events into the real report, as the command that printed them did. Arguments: KIND, SPEED, by which time passes
// faster, and UNTIL, the millisecond of the recording to stay at, as a run that hangs there.
import { setTimeout as sleep } from "node:timers/promises";
import { openReport, type ReportKind } from "@k3s-lab/steps";
import { readRecorded, composedUp } from "../../packages/steps/test/recorded/read.js";

const [kind = "pretty", speed = "1", until = "Infinity"] = process.argv.slice(2);
const reporter = await openReport(kind as ReportKind, { stages: ["host-network", "machines", "cluster", "registry"] });
const started = performance.now();
for (const { at, event } of readRecorded(composedUp)) {
  if (at > Number(until)) break;
  const due = started + at / Number(speed) - performance.now();
  if (due > 0) await sleep(due);
  reporter.report(event);
}
if (until !== "Infinity") await sleep(60_000);
reporter.end();
console.log("The lab is up.");
