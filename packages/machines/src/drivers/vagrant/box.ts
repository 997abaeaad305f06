import { parse } from "node:path";
import { isInstalled } from "@k3s-lab/host";
import type { Work } from "@k3s-lab/steps";
import type { VirtualHardware } from "../../machine.js";
import { addBoxCommand, listBoxesCommand } from "./commands.js";
import { parseMachineReadable } from "./machine-readable.js";
import { runVagrant } from "./run-vagrant.js";

type Box = Pick<VirtualHardware, "box" | "provider">;

/** A directory in which Vagrant finds no Vagrantfile. */
const nowhere = parse(process.cwd()).root;
const downloadTimeout = 2 * 60 * 60_000;

/** Tells whether Vagrant has the box already; a host without Vagrant has none. */
export async function hasBox({ box, provider }: Box): Promise<boolean> {
  if (!isInstalled("vagrant")) return false;
  const { stdout } = await runVagrant({ dir: nowhere, provider }, listBoxesCommand(), box);
  return boxesIn(stdout).some((each) => each.box === box && each.provider === provider);
}

/** Downloads the box. */
export async function addBox({ box, provider }: Box, { signal, progress }: Work): Promise<void> {
  await runVagrant({ dir: nowhere, provider }, addBoxCommand(provider, box), box, {
    signal,
    timeout: downloadTimeout,
    onLine: (line) => {
      const percent = percentIn(line);
      const step = /Progress: \d+%.*?(?=\s*$)/.exec(line)?.[0] ?? /^==> box: (.+?)\.*$/.exec(line)?.[1];
      const extent = percent === undefined ? undefined : ({ done: percent, total: 100, unit: "percent" } as const);
      if (step !== undefined) progress(`${box}: ${step}`, extent);
    },
  });
}

/** Returns how far a download has come by Vagrant's "Progress: 34% (Rate: 5M/s, Estimated time remaining: 0:01)". */
export function percentIn(line: string): number | undefined {
  const percent = /Progress: (\d+)%/.exec(line)?.[1];
  return percent === undefined ? undefined : Number(percent);
}

/** Parses `vagrant box list --machine-readable`: a line for each property of a box, the name first. */
export function boxesIn(output: string): readonly { readonly box: string; readonly provider: string }[] {
  let box = "";
  return parseMachineReadable(output).flatMap(({ type, data: [value = ""] }) => {
    if (type === "box-name") box = value;
    // libvirt's plugin has boxes under the name of what it drives, too.
    return type === "box-provider" ? [{ box, provider: value.split(" ")[0] ?? "" }] : [];
  });
}
