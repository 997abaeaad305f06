import { isDeepStrictEqual } from "node:util";
import {
  editKubeconfig,
  type Entry,
  type KubeconfigContent,
  readContent,
  type SectionName,
  sections,
} from "./edit-kubeconfig.js";
import { extensionName, type Kubeconfig } from "./kubeconfig.js";

/** A kubeconfig as a text, and what it is called in errors. */
export interface KubeconfigText {
  readonly file: string;
  readonly text: string;
}

/** A cluster that is merged into the kubeconfig of a user. */
export interface Merged {
  /** Tells this lab from every other: the folder of its state. Each entry that is merged carries it, whatever its name becomes. */
  readonly lab: string;
  readonly config: Kubeconfig;
}

const names = Object.keys(sections) as readonly SectionName[];

/** Returns the names of a lab's contexts in a kubeconfig: one, unless the user has made more of it. */
export function contextsOf({ text, file }: KubeconfigText, lab: string): readonly string[] {
  // Most files that are looked at have nothing of the lab, and reading YAML is felt.
  if (!text.includes(extensionName)) return [];
  return ownedIn(readContent(text, file), "contexts", lab).map(({ entry }) => entry.name);
}

/** Returns the names of all contexts of a kubeconfig. */
export function contextNames({ text, file }: KubeconfigText): readonly string[] {
  return (readContent(text, file).contexts ?? []).map(({ name }) => name);
}

/** Whether a kubeconfig holds any entry of a lab. */
export function holdsLab({ text, file }: KubeconfigText, lab: string): boolean {
  if (!text.includes(extensionName)) return false;
  const content = readContent(text, file);
  return names.some((section) => ownedIn(content, section, lab).length > 0);
}

/** Returns the first of several names that no entry of these kubeconfigs has, but the lab's own. */
export function freeName(wanted: readonly string[], kubeconfigs: readonly KubeconfigText[], lab: string): string {
  const taken = new Set(
    kubeconfigs.flatMap(({ text, file }) => {
      const content = readContent(text, file);
      const entries = names.flatMap((section) => content[section] ?? []);
      return entries.filter((entry) => names.every((section) => !isOwned(entry, section, lab))).map(({ name }) => name);
    }),
  );
  const last = wanted.at(-1) ?? "";
  for (const name of wanted) if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${last}-${number}`)) return `${last}-${number}`;
}

/** Brings the entries that a lab has in a kubeconfig up to date; adds none. What the user has added to them stays. */
export function refreshLab(kubeconfig: KubeconfigText, merged: Merged): string {
  const { file } = kubeconfig;
  let { text } = kubeconfig;
  for (const section of ["clusters", "users"] as const) {
    for (const { index, entry } of ownedIn(readContent(text, file), section, merged.lab)) {
      const held = (entry[sections[section]] ?? {}) as Readonly<Record<string, unknown>>;
      for (const [key, value] of Object.entries(fieldsOf(section, merged.config))) {
        const set = [section, index, sections[section], key];
        if (held[key] !== value) text = editKubeconfig(text, { set, value }, file);
      }
    }
  }
  return text;
}

/** Merges a lab: refreshes the entries that it has, and adds those that are missing under the name. */
export function mergeLab(kubeconfig: KubeconfigText, name: string, merged: Merged): string {
  const { file } = kubeconfig;
  let text = refreshLab(kubeconfig, merged);
  const content = readContent(text, file);
  const nameIn = (section: SectionName) => ownedIn(content, section, merged.lab)[0]?.entry.name;
  const [cluster = name, user = name] = [nameIn("clusters"), nameIn("users")];
  const held = {
    clusters: fieldsOf("clusters", merged.config),
    users: fieldsOf("users", merged.config),
    contexts: { cluster, user },
  };
  for (const [key, value] of Object.entries({ apiVersion: "v1", kind: "Config" })) {
    if (!Object.hasOwn(content, key)) text = editKubeconfig(text, { set: [key], value }, file);
  }
  for (const section of names) {
    if (nameIn(section) !== undefined) continue;
    const add = { name, [sections[section]]: { ...held[section], extensions: [extensionOf(merged.lab)] } };
    text = editKubeconfig(text, { add, to: section }, file);
  }
  return text;
}

/** Removes every entry of a lab, under whatever name; all else stays. */
export function removeLab({ text: before, file }: KubeconfigText, lab: string): string {
  let text = before;
  for (const section of names) {
    for (const { index } of ownedIn(readContent(text, file), section, lab).toReversed()) {
      text = editKubeconfig(text, { remove: index, from: section }, file);
    }
  }
  return text;
}

/** Returns the current context of a kubeconfig; undefined where it has none. */
export function currentContext({ text, file }: KubeconfigText): string | undefined {
  return readContent(text, file)["current-context"] || undefined;
}

/** Sets the current context; "" is none, as kubectl writes it. */
export function useContext({ text, file }: KubeconfigText, name: string): string {
  if ((readContent(text, file)["current-context"] ?? "") === name) return text;
  return editKubeconfig(text, { set: ["current-context"], value: name }, file);
}

/** Whether a kubeconfig has no cluster, user or context left. */
export function isEmptyKubeconfig({ text, file }: KubeconfigText): boolean {
  const content = readContent(text, file);
  return names.every((section) => (content[section] ?? []).length === 0);
}

function ownedIn(content: KubeconfigContent, section: SectionName, lab: string) {
  const entries = content[section] ?? [];
  return entries.flatMap((entry, index) => (isOwned(entry, section, lab) ? [{ index, entry }] : []));
}

function isOwned(entry: Entry, section: SectionName, lab: string): boolean {
  const { extensions } = (entry[sections[section]] ?? {}) as { readonly extensions?: unknown };
  return Array.isArray(extensions) && extensions.some((each) => isDeepStrictEqual(each, extensionOf(lab)));
}

function extensionOf(lab: string) {
  return { name: extensionName, extension: { lab } };
}

function fieldsOf(section: "clusters" | "users", { server, ca, certificate, key }: Kubeconfig) {
  const fields: Readonly<Record<string, string>> =
    section === "clusters"
      ? { server, "certificate-authority-data": ca }
      : { "client-certificate-data": certificate, "client-key-data": key };
  return fields;
}
