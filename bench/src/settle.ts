import { setTimeout as delay } from "node:timers/promises";
import type { BenchLab } from "./bench-lab.js";
import { machineCpu } from "./machine-cpu.js";
import { k3sLab, runTimed } from "./run-timed.js";
import { sumOf } from "./statistics.js";

/** Milliseconds. */
const longest = 20_000;
const window = 1_000;
/** The share of one core below which the nodes of a lab count as idle. */
const idle = 0.3;

/**
 * Waits until the nodes have done what comes after a start: a short command would be measured beside it. metrics-server is the
 * last that every K3s brings; the build from modules begins with it 10 s after all else, when nodes have long been idle.
 */
export async function settle({ lab, nodes, how }: BenchLab): Promise<void> {
  const { signal } = how;
  const deployment = ["deployment/metrics-server", "--namespace=kube-system", "--timeout=120s"];
  await runTimed(k3sLab("kubectl", "wait", "--for=create", ...deployment), how);
  await runTimed(k3sLab("kubectl", "wait", "--for=condition=Available", ...deployment), how);
  const used = () => sumOf(Object.values(machineCpu(lab.id, nodes)));
  let before = used();
  for (let waited = 0; waited < longest; waited += window) {
    await delay(window, undefined, { signal });
    const now = used();
    if (now - before < (idle * window) / 1000) return;
    before = now;
  }
}
