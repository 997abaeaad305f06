import { join } from "node:path";
import { type Completion, complete, type Known, renderCompletion, type Suggestion } from "./complete.js";

/** Milliseconds that a person waits for a list of names without wondering. */
const patience = 1_500;
const signal = AbortSignal.timeout(patience);

/** Prints what completes the last of these words. What cannot be found out is left out, without a word. */
export async function answerCompletion(words: readonly string[]): Promise<void> {
  try {
    process.stdout.write(renderCompletion(await complete(words, known)));
  } catch {
    process.stdout.write("words\n");
  }
  // What was asked and has not answered is not waited for.
  process.exit(0);
}

const known: Known = {
  machines: (config) => orNothing(() => machines(config)),
  pods: (config) => orNothing(() => pods(config)),
  images: async () => (await Promise.all([orNothing(dockersImages), orNothing(podmansImages)])).flat(),
  contexts: (kubeconfig) => orNothing(() => contexts(kubeconfig)),
  snapshots: () => orNothing(snapshots),
  kubectl,
};

async function orNothing(ask: () => Promise<readonly Suggestion[]>): Promise<readonly Suggestion[]> {
  try {
    return await ask();
  } catch {
    return [];
  }
}

/** Reads the records of a lab, or its lab.yaml where it was never made; no process is started, and no Docker asked. */
async function openState(config: string | undefined) {
  const { findConfig, LabState } = await import("@k3s-lab/lab");
  const { dirname } = await import("node:path");
  const file = findConfig(config);
  return { file, state: new LabState(join(dirname(file), ".lab")) };
}

async function machines(config: string | undefined): Promise<readonly Suggestion[]> {
  const { file, state } = await openState(config);
  const { machinesRecord } = await import("@k3s-lab/machines/record");
  const made = state.read(machinesRecord)?.machines;
  if (made !== undefined) return made.map(({ name, role, address }) => ({ value: name, does: `${role}, ${address}` }));
  const { readConfig } = await import("@k3s-lab/lab");
  return (await readConfig(file)).nodes.map(({ name, role }) => ({ value: name, does: role }));
}

async function pods(config: string | undefined): Promise<readonly Suggestion[]> {
  const { readText } = await import("@k3s-lab/host");
  const { allPodsPath, openApiOf, podName } = await import("@k3s-lab/kube");
  const { state } = await openState(config);
  const path = state.path("kubeconfig");
  const api = openApiOf(readText(path) ?? "", path);
  const found = await api.list<Parameters<typeof podName>[0]>(allPodsPath, signal);
  return found.map((pod) => ({ value: podName(pod), does: pod.spec?.nodeName && `on ${pod.spec.nodeName}` }));
}

async function dockersImages(): Promise<readonly Suggestion[]> {
  const { docker } = await import("@k3s-lab/docker");
  const { stdout } = await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], { timeout: patience });
  return named(stdout, "in Docker");
}

async function podmansImages(): Promise<readonly Suggestion[]> {
  const { run } = await import("@k3s-lab/exec");
  const format = ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"];
  return named((await run("podman", format, { timeout: patience })).stdout, "in Podman");
}

function named(lines: string, does: string): readonly Suggestion[] {
  const names = lines.split("\n").filter((name) => name !== "" && !name.includes("<none>"));
  return names.map((value) => ({ value, does }));
}

async function contexts(kubeconfig: string | undefined): Promise<readonly Suggestion[]> {
  const { readText } = await import("@k3s-lab/host");
  const { contextNames } = await import("@k3s-lab/kube");
  const { usersKubeconfigs } = await import("@k3s-lab/cluster/users-kubeconfig");
  const { resolve } = await import("node:path");
  const files = kubeconfig === undefined ? usersKubeconfigs(process.cwd()) : [resolve(kubeconfig)];
  const names = files.flatMap((file) => contextNames({ file, text: readText(file) ?? "" }));
  return names.map((value) => ({ value }));
}

async function snapshots(): Promise<readonly Suggestion[]> {
  const { listSnapshots } = await import("@k3s-lab/snapshots/manifest");
  return listSnapshots().map(({ name, manifest }) => ({
    value: name,
    does: manifest && `${manifest.lab}, ${manifest.taken}`,
  }));
}

/** Asks the lab's kubectl in the way that its own scripts for shells do: a suggestion a line, then what to do with files. */
async function kubectl(config: string | undefined, words: readonly string[]): Promise<Completion> {
  const { state } = await openState(config);
  const { completeKubectl } = await import("@k3s-lab/cluster/kubectl");
  const lines = (await completeKubectl({ state }, words, patience)).split("\n");
  const directive = Number(/^:(\d+)$/.exec(lines.at(-1) ?? "")?.[1] ?? 0);
  const suggestions = lines.slice(0, -1).map((line) => {
    const [value = "", does] = line.split("\t");
    return { value, does };
  });
  return { suggestions, files: (directive & noFiles) === 0 && suggestions.length === 0 };
}

/** Of the sum of cobra's directives: https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective */
const noFiles = 4;
