import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { describeProxies, type Proxies, proxiesRecord } from "../config/proxies.js";
import { recordStep } from "./record-step.js";

/** Records the nodes' proxies before a node has them. */
export function recordProxiesStep(lab: Pick<Lab, "state">, proxies: Proxies): Step {
  return recordStep(lab, {
    id: "record-proxies",
    title: "Record proxies",
    record: proxiesRecord,
    value: proxies,
    sentence: `record that nodes use ${describeProxies(proxies) ?? "no proxy"}`,
  });
}
