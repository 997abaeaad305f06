import { takeLock } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { mayEnter, openDriver } from "@k3s-lab/machines";
import { messageOf } from "@k3s-lab/problem";
import {
  collectGarbageStep,
  collectNodeImagesStep,
  forgetGarbage,
  readRegistry,
  startCollecting,
} from "@k3s-lab/registry";
import type { Registry } from "@k3s-lab/registry";
import { bytesText, carryOutStage, Facts, type Report, type Step } from "@k3s-lab/steps";

/** What removes from a registry, and from the nodes, what no tag leads to. */
export function storeSteps(lab: Lab, registry: Registry, freed: (bytes: number) => void): readonly Step[] {
  const nodes = lab.config.nodes.map(({ name }) => name);
  return [collectGarbageStep(lab, registry, freed), collectNodeImagesStep(nodes, openDriver(lab), freed)];
}

/**
 * Removes what pushes have replaced, of which so many bytes have gathered. Where that is impossible now, because another command is
 * at work or this user may not enter the nodes, it says so: the push itself has succeeded.
 */
export async function collectStore(lab: Lab, bytes: number, report: Report, signal: AbortSignal): Promise<void> {
  const registry = readRegistry(lab);
  if (registry === undefined) return;
  const note = (message: string) => report({ event: "note", stage: "push", message });
  const gathered = `${bytesText(bytes)} of replaced images have gathered in the registry`;
  if (!mayEnter(lab)) return note(`${gathered}; \`npm run gc\` removes them`);
  try {
    using _lock = takeLock(lab.state.path("lock"), "gc");
    using _collecting = startCollecting(lab);
    let freed = 0;
    const steps = storeSteps(lab, registry, (more) => void (freed += more));
    await carryOutStage(steps, { stage: "registry", report, facts: new Facts(signal) });
    forgetGarbage(lab);
    note(`removed ${bytesText(freed)} that no tag leads to any more`);
  } catch (error) {
    signal.throwIfAborted();
    note(`${gathered}, and could not be removed: ${messageOf(error)}`);
  }
}
