import { type Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Machines } from "./machine.js";

/** Machines that are made keep what they are made of: another driver, box or (libvirt) bridge takes other machines. */
export function refuseOtherMachines(
  { file }: Pick<Lab, "file">,
  wanted: Machines,
  remembered: Machines | undefined,
): void {
  if (remembered === undefined) return;
  const [was, is] = [fixedIn(remembered), fixedIn(wanted)];
  for (const [key, value] of Object.entries(was)) {
    if (is[key] === value) continue;
    throw new Problem(
      "LAB-MCH-009",
      file,
      `${key}: is ${is[key] ?? "gone"}, and the machines were made with ${value}`,
      {
        remedy: "Run `npm run lab:down`, then `npm run lab:up`; or write what it was.",
      },
    );
  }
}

function fixedIn({ driver, vagrant, lan }: Machines): Readonly<Record<string, string>> {
  if (vagrant === undefined) return { "machines.provider": driver };
  return {
    "machines.provider": driver,
    "machines.vagrant.provider": vagrant.provider,
    "machines.vagrant.box": vagrant.box,
    ...(vagrant.provider === "libvirt" && lan.kind === "bridge" ? { "network.interface": lan.bridge } : {}),
  };
}
