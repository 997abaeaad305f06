import { existsSync, rmSync } from "node:fs";
import { caller } from "@k3s-lab/host";
import {
  contextsOf,
  currentContext,
  freeName,
  holdsLab,
  isEmptyKubeconfig,
  type Kubeconfig,
  kubeconfigPlaces,
  mergeLab,
  placeOfNew,
  refreshLab,
  removeLab,
  useContext,
} from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { changeKubeconfig, mayChange, readKubeconfig } from "./change-file.js";
import { type MergedFile, mergedRecord } from "./record.js";

type OfLab = Pick<Lab, "id" | "config" | "state">;

/** Where a lab is in a kubeconfig of the user's. */
export interface Place {
  readonly file: string;
  readonly contexts: readonly string[];
  /** Whether kubectl uses one of these contexts when none is named. */
  readonly isCurrent: boolean;
}

/** Returns the kubeconfigs of the user who called, in kubectl's order. */
export function usersKubeconfigs(cwd: string, env: NodeJS.ProcessEnv = process.env): readonly string[] {
  return kubeconfigPlaces(caller(env).home, cwd, env);
}

/**
 * Merges a lab into the kubeconfig of the user: into the file that has it already, else where kubectl would write it. With `use` it
 * becomes the current context. Resolves with where it is then.
 */
export async function mergeForUser(
  lab: OfLab,
  config: Kubeconfig,
  chain: readonly string[],
  { use = false }: { readonly use?: boolean } = {},
): Promise<Place> {
  const merged = { lab: lab.state.dir, config };
  const texts = chain.map((file) => ({ file, text: readKubeconfig(file) ?? "" }));
  const file = texts.find((each) => holdsLab(each, merged.lab))?.file ?? placeOfNew(chain, existsSync);
  const name = freeName([lab.config.name, `${lab.config.name}-${lab.id}`], texts, merged.lab);
  const isNew = !existsSync(file);
  // Recorded first, so that lab:down finds it however this ends.
  remember(lab, { file, isNew });
  await changeKubeconfig(file, (text) => ({
    text: mergeLab({ file, text }, name, merged),
    backup: backupOf(lab, file),
  }));
  const [context = name] = contextsOf({ file, text: readKubeconfig(file) ?? "" }, merged.lab);
  if (use) await useIn(lab, chain, context);
  return { file, contexts: [context], isCurrent: current(chain) === context };
}

/** Makes a context the current one, where kubectl does: of several files that name one, the first counts. */
async function useIn(lab: OfLab, chain: readonly string[], context: string): Promise<void> {
  const file = placeOfNew(chain, existsSync);
  remember(lab, { file, isNew: false });
  await changeKubeconfig(file, (text) => ({ text: useContext({ file, text }, context), backup: backupOf(lab, file) }));
}

/** Returns where a lab is merged: in the kubeconfigs that were recorded, and in those of the user's chain. */
export function placesOf(lab: Pick<Lab, "state">, chain: readonly string[]): readonly Place[] {
  return filesOf(lab, chain).flatMap((file) => {
    const text = textWithLab(lab, file);
    if (text === undefined) return [];
    const contexts = contextsOf({ file, text }, lab.state.dir);
    return [{ file, contexts, isCurrent: contexts.includes(current([file, ...chain]) ?? "") }];
  });
}

/** Returns which of the recorded kubeconfigs hold the lab as it no longer is. `config` is what it is; unknown means that it will change. */
export function outdatedIn(lab: Pick<Lab, "state">, config: Kubeconfig | undefined): readonly string[] {
  return recorded(lab).flatMap(({ file }) => {
    const text = textWithLab(lab, file);
    if (text === undefined) return [];
    const isAsIs = config !== undefined && refreshLab({ file, text }, { lab: lab.state.dir, config }) === text;
    return isAsIs ? [] : [file];
  });
}

/** Brings what a kubeconfig has of a lab up to date. */
export async function refreshIn(lab: OfLab, file: string, config: Kubeconfig): Promise<void> {
  await changeKubeconfig(file, (text) => ({
    text: refreshLab({ file, text }, { lab: lab.state.dir, config }),
    backup: backupOf(lab, file),
  }));
}

/**
 * Removes a lab from a kubeconfig, and the copy that was made of it. A current context of the lab's is cleared, in whichever file of
 * the chain names it: to go back to the one before would send the user's next command to another cluster unasked.
 */
export async function unmergeFrom(
  lab: Pick<Lab, "id" | "state">,
  file: string,
  chain: readonly string[],
): Promise<void> {
  const contexts = contextsOf({ file, text: readKubeconfig(file) ?? "" }, lab.state.dir);
  const { isNew } = recorded(lab).find((each) => each.file === file) ?? { isNew: false };
  await changeKubeconfig(file, (before) => {
    const text = cleared(file, removeLab({ file, text: before }, lab.state.dir), contexts);
    const isLeft = !isNew || !isEmptyKubeconfig({ file, text });
    return { text: isLeft ? text : undefined };
  });
  for (const other of filesOf(lab, chain)) {
    if (other !== file && contexts.includes(currentIn(other) ?? "") && mayChange(other)) {
      await changeKubeconfig(other, (text) => ({ text: cleared(other, text, contexts) }));
    }
    rmSync(backupOf(lab, other), { force: true });
  }
  forget(lab, file);
}

function cleared(file: string, text: string, contexts: readonly string[]): string {
  return contexts.includes(currentContext({ file, text }) ?? "") ? useContext({ file, text }, "") : text;
}

/** Where a kubeconfig is kept as it was before the lab last changed it, until the lab goes. */
function backupOf({ id }: Pick<Lab, "id">, file: string): string {
  return `${file}.before-k3s-lab-${id}`;
}

/** The current context of all files together: the first that names one. */
function current(chain: readonly string[]): string | undefined {
  return chain.map(currentIn).find((context) => context !== undefined);
}

function currentIn(file: string): string | undefined {
  try {
    return currentContext({ file, text: readKubeconfig(file) ?? "" });
  } catch {
    return undefined; // It is none, and kubectl says so.
  }
}

function recorded({ state }: Pick<Lab, "state">): readonly MergedFile[] {
  return state.read(mergedRecord)?.files ?? [];
}

function remember(lab: Pick<Lab, "state">, merged: MergedFile): void {
  const before = recorded(lab);
  if (before.some(({ file }) => file === merged.file)) return;
  lab.state.write(mergedRecord, { files: [...before, merged] });
}

function forget(lab: Pick<Lab, "state">, file: string): void {
  const left = recorded(lab).filter((each) => each.file !== file);
  if (left.length === 0) lab.state.remove("mergedKubeconfigs");
  else lab.state.write(mergedRecord, { files: left });
}

/** Returns the text of a kubeconfig that holds the lab: one that cannot be read, or is none, has nothing of it. */
function textWithLab({ state }: Pick<Lab, "state">, file: string): string | undefined {
  try {
    const text = readKubeconfig(file) ?? "";
    return holdsLab({ file, text }, state.dir) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The files that may have something of the lab. */
function filesOf(lab: Pick<Lab, "state">, chain: readonly string[]): readonly string[] {
  return [...new Set([...recorded(lab).map(({ file }) => file), ...chain])];
}
