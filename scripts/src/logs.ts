#!/usr/bin/env node
import { readNodeLog } from "@k3s-lab/cluster/node-log";
import { readIfExists } from "@k3s-lab/host";
import {
  allPodsPath,
  type Api,
  containersOf,
  didYouMeanPod,
  findPods,
  openApiOf,
  type Pod,
  podName,
  readPodLog,
} from "@k3s-lab/kube";
import { type Lab, openLab } from "@k3s-lab/lab";
// By their own paths: this command has no need of the whole package, whose start would be felt.
import { requireRunning } from "@k3s-lab/machines/not-running";
import { openDriver } from "@k3s-lab/machines/open-driver";
import { machinesRecord } from "@k3s-lab/machines/record";
import { mayEnter, requireRootFor } from "@k3s-lab/machines/require-root";
import { Problem } from "@k3s-lab/problem";
import { commands } from "./commands.js";
import { parseDuration } from "./duration.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { type OnLine, sideBySide, type Source } from "./side-by-side.js";

interface Asked {
  readonly since?: number | undefined;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

await runCommand(commands.logs, async ({ command, file, operands, flag, value, signal }) => {
  const since = value("since");
  const asked = {
    since: since === undefined ? undefined : parseDuration(since, command),
    follow: flag("follow"),
    signal,
  };
  const lab = await openLab(file, { asRecorded: true });
  const machines = lab.state.read(machinesRecord)?.machines;
  if (machines === undefined) throw noLab(lab);
  const names = machines.map(({ name }) => name);
  const wanted = operands.length === 0 ? names : [...new Set(operands)];
  const podNames = wanted.filter((name) => !names.includes(name));
  const pods = podNames.length === 0 ? [] : await podSources(lab, podNames, names, { ...asked, command });
  const nodes = machines.filter(({ name }) => wanted.includes(name));
  if (nodes.length > 0 && !mayEnter(lab)) requireRootFor(lab, "logs");
  const driver = openDriver(lab);
  const sources = nodes.map((machine): Source => ({
    name: machine.name,
    run: async (onLine) => {
      await requireRunning(driver, machine.name);
      return readNodeLog(driver, machine, asked, ({ text, at }, from) => onLine(text, from, at));
    },
  }));
  return sideBySide([...sources, ...pods], { signal, byTime: !asked.follow });
});

/** Returns the containers of the pods that names mean, each a source of its own. */
async function podSources(
  lab: Lab,
  wanted: readonly string[],
  nodes: readonly string[],
  { command, ...asked }: Asked & { readonly command: string },
): Promise<readonly Source[]> {
  const path = lab.state.path("kubeconfig");
  const text = readIfExists(path);
  if (text === undefined) throw noLab(lab);
  const api = openApiOf(text, path);
  const pods = await api.list<Pod>(allPodsPath, asked.signal);
  const found = wanted.map((name) => onePod(pods, name, nodes, command));
  return found.flatMap((pod) => {
    const containers = containersOf(pod);
    return containers.map((container) => ({
      name: containers.length === 1 ? podName(pod) : `${podName(pod)}/${container}`,
      run: (onLine: OnLine) => showPod(api, pod, container, asked, onLine),
    }));
  });
}

async function showPod(
  api: Api,
  pod: Pod,
  container: string,
  { since, follow, signal }: Asked,
  onLine: OnLine,
): Promise<number> {
  for await (const { text, at } of readPodLog(api, pod, { container, since, follow }, signal)) {
    onLine(text, "stdout", at);
  }
  return 0;
}

/** Returns the one pod that a name, or a part of one, can mean. */
function onePod(pods: readonly Pod[], name: string, nodes: readonly string[], command: string): Pod {
  const found = findPods(pods, name);
  const [pod] = found;
  if (pod !== undefined && found.length === 1) return pod;
  const expected = `expected a node (${nodes.join(", ")}), or a pod by its name or a part of it`;
  if (pod !== undefined) {
    const all = found.map(podName).join(", ");
    throw new Problem("LAB-CLI-012", command, `${expected} that one pod alone has, seen: ${name}, as in ${all}`);
  }
  throw new Problem("LAB-CLI-012", command, `${expected}, seen: ${name}${didYouMeanPod(name, nodes, pods)}`, {
    remedy: "`npm run kubectl -- get pods -A` lists them.",
  });
}
