#!/usr/bin/env node
// By their own paths: this command has no need of the whole package, whose start would be felt.
import { mergeForUser, type Place, placesOf, unmergeFrom, usersKubeconfigs } from "@k3s-lab/cluster/users-kubeconfig";
import { readIfExists } from "@k3s-lab/host";
import { parseKubeconfig } from "@k3s-lab/kube";
import { type Lab, openLab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { commands } from "./commands.js";
import { noLab } from "./require-lab.js";
import { callersFolder, runCommand } from "./run-command.js";

await runCommand(commands.kubeconfig, async ({ file, flag, call, command }) => {
  const asked = (["print", "merge", "unmerge"] as const).filter((name) => flag(name));
  const use = flag("use");
  if (asked.length > 1 || (use && asked.some((name) => name !== "merge"))) {
    const seen = [...asked, ...(use ? ["use"] : [])].map((name) => `--${name}`).join(" ");
    const what = `expected one of --print, --merge (with --use or without) and --unmerge, seen ${seen}`;
    throw new Problem("LAB-CLI-011", command, what);
  }
  // What was merged is found by the place of the lab, whatever has become of its lab.yaml.
  const lab = await openLab(file, { anyConfig: flag("unmerge") });
  const chain = usersKubeconfigs(callersFolder());
  if (flag("unmerge")) return unmerge(lab, chain);
  const text = kubeconfigOf(lab);
  if (flag("print")) {
    process.stdout.write(text);
    return;
  }
  const path = lab.state.path("kubeconfig");
  if (!use && !flag("merge")) {
    const places = placesOf(lab, chain);
    console.log([path, ...(places.length === 0 ? [notMerged(call)] : places.map(describe))].join("\n"));
    return;
  }
  const config = parseKubeconfig(text);
  if (config === undefined) throw new Problem("LAB-KUB-003", path, "is damaged", { remedy: "Run `npm run lab:up`." });
  const place = await mergeForUser(lab, config, chain, { use });
  console.log(describe(place));
  if (!place.isCurrent)
    console.log(`Use it by \`kubectl --context ${place.contexts[0]}\`; \`${call("--use")}\` makes it current.`);
});

async function unmerge(lab: Lab, chain: readonly string[]): Promise<void> {
  const places = placesOf(lab, chain);
  for (const { file, contexts } of places) {
    await unmergeFrom(lab, file, chain);
    console.log(`${file}: context ${contexts.join(", ")} is removed`);
  }
  if (places.length === 0) console.log(`Nothing of the lab is in ${chain.join(", ")}.`);
}

function describe({ file, contexts, isCurrent }: Place): string {
  return `${file}: has the lab as context ${contexts.join(", ")}${isCurrent ? ", which is the current one" : ""}`;
}

function notMerged(call: (words: string) => string): string {
  return `\`${call("--merge")}\` merges it into your kubeconfig.`;
}

/** Reads the lab's kubeconfig, which only its owner can read. */
function kubeconfigOf(lab: Lab): string {
  const path = lab.state.path("kubeconfig");
  try {
    const text = readIfExists(path);
    if (text === undefined) throw noLab(lab);
    return text;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EACCES") throw cause;
    throw new Problem("LAB-DOC-009", path, "belongs to another user, who brought the lab up", { cause });
  }
}
