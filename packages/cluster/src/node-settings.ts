import type { KubeNode } from "@k3s-lab/kube";
import { type NodeConfig, parseTaint, type Taint } from "@k3s-lab/lab";

/** What lab.yaml asks of a Node object. */
export interface NodeSettings {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export function settingsOf({ labels = {}, taints = [] }: Pick<NodeConfig, "labels" | "taints">): NodeSettings {
  return { labels, taints: taints.map(parseTaint) };
}

/** The annotations of a Node object that tell what of it lab.yaml has set: names with commas. What others set stays. */
const annotations = { labels: "k3s-lab.local/labels", taints: "k3s-lab.local/taints" } as const;

/** What has to become of a Node object's labels, or of its taints. */
export interface SettingsChange {
  /** "label tier=db; remove label old": the end of a sentence about the node. */
  readonly words: string;
  /** What keeps pods away that are there already: "gpu=true:NoExecute". */
  readonly evicts: readonly string[];
  /** What the API is to merge into the object. */
  readonly patch: object;
}

/** Returns what has to become of a Node object's labels; undefined where nothing. Without an object, it is still to be registered. */
export function labelsChange({ labels }: NodeSettings, node: KubeNode | undefined): SettingsChange | undefined {
  const difference = compare(labelsNamed(labels), labelsNamed(node?.metadata.labels ?? {}), ownNames(node, "labels"));
  const { set, removed } = difference;
  const merged = Object.fromEntries([
    ...set.map(({ name }) => [name, labels[name]]),
    ...removed.map((name) => [name, null]),
  ]);
  return changeOf("labels", node, difference, { labels: merged });
}

/** Returns what has to become of a Node object's taints; undefined where nothing. Without an object, it is still to be registered. */
export function taintsChange({ taints }: NodeSettings, node: KubeNode | undefined): SettingsChange | undefined {
  const seen = node?.spec?.taints ?? [];
  const difference = compare(taints.map(named), seen.map(named), ownNames(node, "taints"));
  const { set, removed } = difference;
  const isSet = (taint: Taint) => set.some(({ name }) => name === nameOfTaint(taint));
  // The API takes the list as a whole: those of others are in it.
  const kept = seen.filter((taint) => !isSet(taint) && !removed.includes(nameOfTaint(taint)));
  const change = changeOf("taints", node, difference, {}, { spec: { taints: [...kept, ...taints.filter(isSet)] } });
  const evicts = set.map(({ text }) => text).filter((text) => text.endsWith(":NoExecute"));
  return change && { ...change, evicts };
}

/** A label or a taint: what it is told from others by, and all of it as kubectl writes it. */
interface Named {
  readonly name: string;
  readonly text: string;
}

function labelsNamed(labels: Readonly<Record<string, string>>): readonly Named[] {
  return Object.entries(labels).map(([name, value]) => ({ name, text: `${name}=${value}` }));
}

function nameOfTaint({ key, effect }: Taint): string {
  return `${key}:${effect}`;
}

function named(taint: Taint): Named {
  const { key, value = "", effect } = taint;
  return { name: nameOfTaint(taint), text: `${key}${value === "" ? "" : `=${value}`}:${effect}` };
}

interface Difference {
  readonly set: readonly Named[];
  /** Names of what lab.yaml has set and asks for no longer. */
  readonly removed: readonly string[];
  /** Names of what is there as lab.yaml asks, though another has set it. */
  readonly adopted: readonly string[];
  /** The names that lab.yaml asks for, and those that were recorded before. */
  readonly names: readonly string[];
  readonly own: readonly string[];
}

function compare(wanted: readonly Named[], seen: readonly Named[], own: readonly string[]): Difference {
  const texts = new Map(seen.map(({ name, text }) => [name, text]));
  const names = wanted.map(({ name }) => name);
  const isRight = ({ name, text }: Named) => texts.get(name) === text;
  return {
    set: wanted.filter((each) => !isRight(each)),
    removed: own.filter((name) => !names.includes(name) && texts.has(name)),
    adopted: wanted.filter((each) => isRight(each) && !own.includes(each.name)).map(({ name }) => name),
    names,
    own,
  };
}

function changeOf(
  kind: keyof typeof annotations,
  node: KubeNode | undefined,
  difference: Difference,
  metadata: object,
  fields: object = {},
): SettingsChange | undefined {
  const { set, removed, names, own } = difference;
  const [recorded, before] = [names.toSorted().join(","), own.toSorted().join(",")];
  const isChanged = set.length + removed.length > 0;
  if (!isChanged && recorded === before) return undefined;
  const noted = { [annotations[kind]]: recorded === "" ? null : recorded };
  // Refused where the object was changed since it was seen: a taint that another has set meanwhile would be lost.
  const { resourceVersion } = node?.metadata ?? {};
  const seen = resourceVersion === undefined ? {} : { resourceVersion };
  return {
    words: wordsOf(kind === "labels" ? "label" : "taint", difference),
    evicts: [],
    patch: { metadata: { ...metadata, annotations: noted, ...seen }, ...(isChanged && fields) },
  };
}

function wordsOf(what: string, { set, removed, adopted }: Difference): string {
  const parts = [
    ...(set.length === 0 ? [] : [`${what} ${set.map(({ text }) => text).join(", ")}`]),
    ...(removed.length === 0 ? [] : [`remove ${what} ${removed.join(", ")}`]),
    ...(adopted.length === 0 ? [] : [`note that lab.yaml has ${what} ${adopted.join(", ")}`]),
  ];
  // Somebody else has removed what lab.yaml does not ask for any more.
  return parts.length === 0 ? `note which ${what}s lab.yaml has` : parts.join("; ");
}

function ownNames(node: KubeNode | undefined, kind: keyof typeof annotations): readonly string[] {
  return (node?.metadata.annotations?.[annotations[kind]] ?? "").split(",").filter((name) => name !== "");
}
