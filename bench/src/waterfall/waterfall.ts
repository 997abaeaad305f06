import { describeHost } from "@k3s-lab/testbed";
import { k3sOf } from "../raw-lab.js";
import { openWarmLab } from "../bench-lab.js";
import { k3sLab, runTimed } from "../run-timed.js";
import { eventsIn } from "../timed-event.js";
import { stepsIn } from "./bars.js";
import { criticalPath } from "./critical-path.js";
import { eventsInJournal, eventsInObjects, mergeEvents, type NodeEvent } from "./node-event.js";
import { renderWaterfall } from "./render-page.js";

/** Brings a lab of three nodes up from nothing, asks the nodes what they did, and returns the page. */
export async function drawWaterfall(signal: AbortSignal): Promise<string> {
  await using bench = await openWarmLab(3, signal);
  const { nodes, how, lab } = bench;
  const up = await runTimed(k3sLab("up", "--json"), how);
  const output = async (...words: readonly string[]) =>
    (await runTimed(k3sLab(...words), how)).lines.map(({ line }) => line).join("\n");
  const items = async <Item>(...words: readonly string[]) =>
    (JSON.parse(await output("kubectl", "get", ...words, "-o", "json")) as { readonly items: readonly Item[] }).items;
  const journals: NodeEvent[] = [];
  for (const node of nodes) {
    const journal = await output("exec", node, "journalctl", "-u", "k3s*", "-o", "short-unix", "--no-pager");
    journals.push(...eventsInJournal(node, journal, up.started));
  }
  const objects = eventsInObjects(await items("nodes"), await items("pods", "-n", "kube-system"), up.started);
  const events = mergeEvents(journals, objects);
  const steps = stepsIn(eventsIn(up.lines));
  const [server = ""] = nodes;
  const path = criticalPath({ steps, events, server, nodes, took: up.ms });
  const { cpu, cores, memory } = describeHost();
  const about = `Three nodes, registry verified; K3s ${k3sOf(lab)}; ${cpu}, ${cores} cores, ${memory} GB; ${new Date(up.started).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return renderWaterfall({ took: up.ms, steps, events, nodes, path }, about);
}
