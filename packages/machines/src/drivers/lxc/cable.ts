import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { run } from "@k3s-lab/exec";

const links = "/sys/class/net";
const isUp = 1;

export type CableState = "plugged" | "loose" | "gone";

/** Tells whether the host's end of a machine's cable is in the bridge: a bridge that was made again has lost its cables. */
export function cableState(cable: string, bridge: string): CableState {
  try {
    const flags = Number(readFileSync(`${links}/${cable}/flags`, "utf8"));
    const master = basename(readlinkSync(`${links}/${cable}/master`));
    return master === bridge && (flags & isUp) !== 0 ? "plugged" : "loose";
  } catch {
    return existsSync(`${links}/${cable}`) ? "loose" : "gone";
  }
}

export async function plugCable(cable: string, bridge: string): Promise<void> {
  await run("ip", ["link", "set", "dev", cable, "master", bridge, "up"]);
}

/** It goes with the machine's network, but not at once. */
export async function removeCable(cable: string): Promise<void> {
  const isThere = () => existsSync(`${links}/${cable}`);
  if (!isThere()) return;
  await run("ip", ["link", "delete", "dev", cable]).catch((error: unknown) => {
    if (isThere()) throw error;
  });
}
