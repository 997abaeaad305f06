#!/usr/bin/env node
import { type Lab, openLab } from "@k3s-lab/lab";
import { exitCode, Problem } from "@k3s-lab/problem";
import { Facts, paintFor } from "@k3s-lab/steps";
import { chain } from "./chain.js";
import { commands } from "./commands.js";
import { renderStatus } from "./render-status.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { type LabStatus, lookAtLab } from "./show-lab.js";

/** Milliseconds. */
const redrawEvery = 2_000;

await runCommand(commands.status, async ({ command, file, flag, signal }) => {
  const lab = await openLab(file, { anyConfig: true });
  if (flag("watch")) return watch(lab, command, flag("json"), signal);
  const status = await lookAtLab(chain, lab, new Facts(signal));
  if (flag("json")) console.log(JSON.stringify(status ?? absent(lab), undefined, 2));
  if (status === undefined) throw noLab(lab);
  if (!flag("json")) console.log(renderStatus(status, paintFor(process.stdout)));
  return exitCodeOf(status);
});

/** Shows the lab on a screen of its own, or prints each change as a line of JSON; ends with the exit code of the last look. */
async function watch(lab: Lab, command: string, isJson: boolean, signal: AbortSignal): Promise<number> {
  const { stdin, stdout } = process;
  if (!isJson && (stdin.isTTY !== true || stdout.isTTY !== true)) {
    throw new Problem("LAB-CLI-001", command, "--watch needs a terminal, or --json", {
      remedy: "Leave it out: one look is printed then.",
    });
  }
  let last: LabStatus | undefined;
  const look = async (until: AbortSignal) => (last = await lookAtLab(chain, lab, new Facts(until)));
  // Before the first look there is nothing to draw, and a lab that was never made need not be waited for.
  if ((await look(signal)) === undefined) throw noLab(lab);
  const { watchLines, watchScreen } = await import("./watch-screen.js");
  const paint = paintFor(stdout);
  const text = () => {
    const time = new Date().toLocaleTimeString(undefined, { hour12: false });
    const hint = paint("dim", `${time}  every ${redrawEvery / 1000} s, q ends`);
    return [last === undefined ? "The lab is gone." : renderStatus(last, paint), "", hint].join("\n");
  };
  const often = { every: redrawEvery, signal };
  if (isJson) {
    const line = async (until: AbortSignal) => JSON.stringify((await look(until)) ?? absent(lab));
    await watchLines({ ...often, look: line, write: (each) => stdout.write(`${each}\n`) });
  } else {
    const lookAndRender = async (until: AbortSignal) => {
      await look(until);
      return text();
    };
    await watchScreen({ ...often, screen: stdout, keys: stdin, first: text(), look: lookAndRender });
  }
  return last === undefined ? exitCode.failed : exitCodeOf(last);
}

function exitCodeOf({ state }: LabStatus): number {
  return state === "up" ? exitCode.done : exitCode.failed;
}

function absent({ config }: Lab) {
  return { name: config.name, state: "absent" };
}
