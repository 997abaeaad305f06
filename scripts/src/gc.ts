#!/usr/bin/env node
import { readCluster } from "@k3s-lab/cluster";
import {
  cacheDir,
  type CacheEntry,
  collectCachesStep,
  collectScratchStep,
  folderEntries,
  takeLock,
} from "@k3s-lab/host";
import { cachedK3s } from "@k3s-lab/k3s-source";
import { type Lab, openLab, readPlaces } from "@k3s-lab/lab";
import {
  cachedImages as cachedImagesPlace,
  cachedSystems,
  findLabs,
  mayEnter,
  requireRootFor,
} from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import {
  cachedImages,
  cacheFolder,
  collectCachedImagesStep,
  forgetGarbage,
  readRegistry,
  serves,
  startCollecting,
} from "@k3s-lab/registry";
import { bytesText, carryOutStage, Facts, foresee, type Step } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { storeSteps } from "./collect-store.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";

const usualDays = "30";

await runCommand(commands.gc, async (invocation) => {
  const { command, file, flag, value, signal } = invocation;
  const days = daysOf(command, value("older-than") ?? usualDays);
  const lab = await openLab(file);
  const elsewhere = await becomeRoot(lab, "gc");
  if (elsewhere !== undefined) return elsewhere;
  if (!mayEnter(lab)) requireRootFor(lab, "gc");
  let freed = 0;
  const count = (bytes: number) => void (freed += bytes);
  const facts = new Facts(signal);
  const registry = await stepsOfRegistry(lab, count, signal);
  const parts: readonly Part[] = [
    ...(typeof registry === "string" ? [] : [{ stage: "registry", steps: registry }]),
    {
      stage: "caches",
      steps: [collectCachesStep(() => cacheEntries(lab), days, count), collectScratchStep({ days }, count)],
    },
    ...(flag("cache")
      ? [{ stage: "registry-cache", steps: [collectCachedImagesStep(foundIn(lab), days, count)] }]
      : []),
  ];
  const note = typeof registry === "string" ? registry : undefined;
  if (flag("dry-run")) return show(await planned(parts, facts), note, flag("json"));
  using _lock = takeLock(lab.state.path("lock"), "gc");
  using _collecting = note === undefined ? startCollecting(lab) : undefined;
  // Where no lab is, nothing of one is left by a log.
  const reported = { command: "gc", lab: typeof registry === "string" ? undefined : lab, json: flag("json") };
  // Awaited here, so that the lock is held until then.
  return await runReported(invocation, reported, async ({ report, conclude }) => {
    if (note !== undefined) report({ event: "note", stage: "registry", message: note });
    let actions = 0;
    for (const { stage, steps } of parts) actions += await carryOutStage(steps, { stage, report, facts });
    if (note === undefined) forgetGarbage(lab);
    const text = actions === 0 ? "There was nothing to collect." : `Freed ${bytesText(freed)}.`;
    conclude(text, { actions, bytes: freed });
  });
});

function foundIn(lab: Lab): string {
  return cacheFolder(lab) ?? cachedImagesPlace.onHost();
}

interface Part {
  readonly stage: string;
  readonly steps: readonly Step[];
}

function daysOf(command: string, text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Problem("LAB-CLI-001", command, `--older-than ${text} is no number of days, expected 0 or more`);
}

/** The steps that collect the garbage of the registry and of the nodes; a sentence where it cannot be collected now. */
async function stepsOfRegistry(
  lab: Lab,
  freed: (bytes: number) => void,
  signal: AbortSignal,
): Promise<readonly Step[] | string> {
  const registry = readRegistry(lab);
  if (registry === undefined) return "there is no lab here, so only the caches are looked at";
  if (await serves(registry.access, signal)) return storeSteps(lab, registry, freed);
  return `the registry ${registry.name} does not answer, so only the caches are looked at`;
}

/** What the caches have, and which of it the labs of this host use. */
async function cacheEntries(lab: Lab): Promise<readonly CacheEntry[]> {
  const places = readPlaces();
  const found = await findLabs();
  const known = await Promise.all(places.map(({ file }) => openLab(file, { anyConfig: true, anyFolder: true })));
  const labs = new Set([lab.id, ...places.map(({ id }) => id), ...found.map(({ id }) => id)]);
  const folders = [lab, ...known].flatMap((each) => recordedFolder(each) ?? []);
  const images = [lab, ...known].map(({ config }) => config.registry.image);
  const guards = folderEntries(`${cacheDir()}/cluster-guard`, { what: "guard of clusters", isNeeded: () => false });
  return [...cachedK3s({ labs, folders }), ...(await cachedSystems()), ...cachedImages(images), ...guards];
}

/** A record that cannot be read names nothing. */
function recordedFolder(lab: Lab): string | undefined {
  try {
    return readCluster(lab)?.folder;
  } catch {
    return undefined;
  }
}

interface Planned {
  readonly stage: string;
  readonly sentences: readonly string[];
}

async function planned(parts: readonly Part[], facts: Facts): Promise<readonly Planned[]> {
  return Promise.all(
    parts.map(async ({ stage, steps }) => {
      const { actions, obstacle } = await foresee(steps, facts);
      if (obstacle) throw obstacle;
      return { stage, sentences: actions.map(({ sentence }) => sentence) };
    }),
  );
}

function show(plan: readonly Planned[], note: string | undefined, json: boolean): number {
  const count = plan.reduce((sum, { sentences }) => sum + sentences.length, 0);
  if (json) console.log(JSON.stringify({ plan, note }, undefined, 2));
  else {
    const lines = plan
      .filter(({ sentences }) => sentences.length > 0)
      .flatMap(({ stage, sentences }) => [`${stage}:`, ...sentences.map((sentence) => `  ${sentence}`)]);
    const told = note === undefined ? [] : [`Note: ${note}.`];
    const end = count === 0 ? "There is nothing to collect." : "Nothing was touched; without --dry-run it is removed.";
    console.log([...lines, ...told, end].join("\n"));
  }
  return 0;
}
