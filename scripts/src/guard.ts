#!/usr/bin/env node
import { copyFileSync, existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import {
  architecturesOf,
  buildImage,
  checkRights,
  ClusterApi,
  decideGuard,
  describeGuard,
  openKubeconfig,
  parseServiceCidrs,
  removalSteps,
} from "@k3s-lab/cluster-guard";
import { giveToCaller } from "@k3s-lab/host";
import { exitCode, Problem } from "@k3s-lab/problem";
import { carryOutStage, Facts, type Progress, sentencesOf, type Step } from "@k3s-lab/steps";
import { commands } from "./commands.js";
import { renderGuard } from "./render-guard.js";
import { callersFolder, type FlagsOf, type Invocation, runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";

type GuardInvocation = Invocation<FlagsOf<typeof commands.guard>>;

await runCommand(commands.guard, async (invocation) => {
  const { flag, value, signal } = invocation;
  refuseContradictions(invocation);
  const api = new ClusterApi(
    await openKubeconfig(kubeconfigsOf(invocation), { context: value("context"), signal, note: console.error }),
    signal,
  );
  const reported = { command: "guard", json: flag("json") };
  const save = value("save");
  if (save !== undefined) return saveImage(api, resolve(callersFolder(), save), invocation);
  if (flag("status")) {
    await checkRights(api, "see");
    return showStatus(api, invocation);
  }
  await checkRights(api, flag("remove") ? "remove" : "guard");
  const steps = flag("remove") ? await removalSteps(api) : await guardSteps(api, invocation);
  if (flag("plan")) return showPlan(await sentencesOf(steps, new Facts(signal)), invocation);
  let actions = 0;
  const code = await runReported(invocation, reported, async ({ report }) => {
    actions = await carryOutStage(steps, { stage: "guard", report, facts: new Facts(signal) });
  });
  if (code !== exitCode.done) return code;
  if (!flag("remove")) return showStatus(api, invocation);
  if (!flag("json") && !flag("quiet"))
    console.log(actions === 0 ? "There was no guard to remove." : "The guard is removed from every node.");
  return exitCode.done;
});

function guardSteps(api: ClusterApi, { call, flag, value }: GuardInvocation): Promise<readonly Step[]> {
  const cidrs = value("service-cidr");
  const { file, context } = api.target;
  return decideGuard(api, {
    image: value("image"),
    loaded: flag("loaded"),
    plainHttp: flag("plain-http"),
    serviceCidrs: cidrs === undefined ? undefined : parseServiceCidrs(cidrs),
    command: call(`--kubeconfig ${file}${value("context") === undefined ? "" : ` --context ${context}`}`),
  });
}

async function showStatus(api: ClusterApi, { flag }: GuardInvocation): Promise<number> {
  const status = await describeGuard(api);
  if (flag("json")) console.log(JSON.stringify({ event: "status", ...status }));
  else if (!flag("quiet")) console.log(renderGuard(status));
  return status.nodes.every(({ guarded }) => guarded) ? exitCode.done : exitCode.failed;
}

function showPlan(sentences: readonly string[], { flag }: GuardInvocation): number {
  if (flag("json")) console.log(JSON.stringify({ actions: sentences }, undefined, 2));
  else if (sentences.length === 0) console.log("Nothing to do.");
  else console.log([...sentences, "", `${sentences.length} to be done. Nothing was touched.`].join("\n"));
  return flag("exit-code") && sentences.length > 0 ? exitCode.planNotEmpty : exitCode.done;
}

async function saveImage(api: ClusterApi, file: string, invocation: GuardInvocation): Promise<number> {
  const { flag, signal } = invocation;
  return runReported(invocation, { command: "guard", json: flag("json") }, async ({ report, print }) => {
    const progress: Progress = (message, extent) => report({ event: "progress", stage: "guard", message, ...extent });
    copyFileSync(await buildImage({ architectures: await architecturesOf(api), progress, signal }), file);
    giveToCaller(file);
    if (!flag("quiet")) print(file);
  });
}

function refuseContradictions(invocation: GuardInvocation): void {
  const { flag, value } = invocation;
  // What is planned may be the removal.
  const exclusive = flag("plan") ? (["plan", "status", "save"] as const) : (["status", "save", "remove"] as const);
  const modes = exclusive.filter((mode) => flag(mode) || value(mode) !== undefined);
  const all = modes.map((mode) => `--${mode}`).join(" and ");
  if (modes.length > 1) throw wrong(invocation, `expected one of ${all}, seen all`);
  if (flag("exit-code") && !flag("plan")) throw wrong(invocation, "--exit-code is about --plan, which is missing");
  if (flag("plain-http") && value("image") === undefined) {
    throw wrong(invocation, "--plain-http is about the registry of --image, which is missing");
  }
}

function wrong({ command, call }: GuardInvocation, what: string): Problem {
  return new Problem("LAB-CLI-004", command, what, { remedy: `See \`${call("--help")}\`.` });
}

/** Returns the files of --kubeconfig, which may be a list like KUBECONFIG. */
function kubeconfigsOf(invocation: GuardInvocation): readonly string[] {
  const list = invocation.value("kubeconfig");
  if (list === undefined) {
    throw wrong(invocation, "expected --kubeconfig FILE, seen none: a cluster is only guarded on purpose");
  }
  const inFolder = (file: string) => resolve(callersFolder(), file);
  if (existsSync(inFolder(list))) return [inFolder(list)];
  const files = list.split(delimiter).filter((file) => file !== "");
  return files.length === 0 ? [inFolder(list)] : files.map(inFolder);
}
