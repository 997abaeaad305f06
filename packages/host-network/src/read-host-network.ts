import type { Lab } from "@k3s-lab/lab";
import type { HostNetwork } from "./network.js";
import { hostNetworkRecord } from "./record.js";

/** What was chosen for the lab, or undefined before its first lab:up. */
export function readHostNetwork(lab: Pick<Lab, "state">): HostNetwork | undefined {
  return lab.state.read(hostNetworkRecord);
}
