import { isDeepStrictEqual } from "node:util";
import type { LabConfig, NodeConfig } from "@k3s-lab/lab";
import { parseConfig } from "@k3s-lab/lab/parse-config";
import { Problem } from "@k3s-lab/problem";
import { type Answers, answersOf, idleKeys, settingsOf } from "./answers.js";
import { isDefault } from "./defaults.js";
import { appendTo, removeAt, setAt } from "./edit-yaml.js";
import type { Comments } from "./explain.js";
import { headingOf, renderLabFile } from "./render-lab-file.js";
import { inline, inlineNode } from "./yaml-text.js";

/** A change of the text; undefined where it cannot be made. `what` is the change, for a person who makes it by hand. */
interface Change {
  readonly what: string;
  make(text: string): string | undefined;
}

/**
 * Changes a lab.yaml to other answers. What is answered as before is not touched, and a key that would do nothing any more is
 * taken out. `explained` is what explains the answers, and what explained those in the file. Throws a Problem (exit code 2)
 * where the answers go together with nothing else in the file, or a place cannot be changed.
 */
export function editLabFile(
  text: string,
  answers: Answers,
  explained: { readonly before: Comments; readonly after: Comments },
  file: string,
): string {
  const config = parseConfig(text, file);
  const before = answersOf(config);
  if (isDeepStrictEqual(before, answers)) return text;
  // Where nobody has changed what was written here, the defaults that it shows follow the answers.
  const heading = headingOf(text);
  if (heading !== undefined && text === renderLabFile(before, explained.before, heading)) {
    const rendered = renderLabFile(answers, explained.after, heading);
    if (isRight(parseConfig(rendered, file), answers, config)) return rendered;
  }
  const changes = [...settingChanges(before, answers, explained), ...nodeChanges(before.nodes, answers.nodes)];
  let changed = text;
  for (const { what, make } of changes) {
    const next = make(changed);
    if (next === undefined) throw refused(file, what);
    changed = next;
  }
  if (isRight(parseConfig(changed, file), answers, config)) return changed;
  throw refused(file, changes.map(({ what }) => what).join("; "));
}

/** Tells whether a configuration has the answers, and all else as before. */
function isRight(made: LabConfig, answers: Answers, before: LabConfig): boolean {
  const has = answersOf(made);
  // Of another driver or mode, keys do not count.
  const agrees = isDeepStrictEqual(settingsOf(has), settingsOf(answers)) && isDeepStrictEqual(has.nodes, answers.nodes);
  return agrees && isDeepStrictEqual(others(made), others(before));
}

function settingChanges(
  before: Answers,
  after: Answers,
  explained: { readonly before: Comments; readonly after: Comments },
): readonly Change[] {
  const were = new Map(settingsOf(before).map(({ path, value }) => [path.join("."), value]));
  const idle = idleKeys(after)
    .filter((path) => !idleKeys(before).some((other) => isDeepStrictEqual(other, path)))
    .map((path): Change => ({ what: `take out ${path.join(".")}`, make: (text) => removeAt(text, path) }));
  const set = settingsOf(after)
    .filter(({ path, value }) => value !== undefined && !isDeepStrictEqual(value, were.get(path.join("."))))
    // What is as without the key needs no key.
    .filter(({ path, value }) => were.get(path.join(".")) !== undefined || !isDefault(path, value))
    .map(({ path, value = "" }): Change => {
      const key = path.join(".");
      const written = { value: inline(value), comment: explained.after[key], stale: explained.before[key] };
      return { what: `write ${key}: ${written.value}`, make: (text) => setAt(text, path, written) };
    });
  return [...idle, ...set];
}

/** Removes and renames nodes one by one, so that what else stands at them is kept. */
function nodeChanges(before: readonly NodeConfig[], after: readonly NodeConfig[]): readonly Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  const what = `write nodes: ${after.map(inlineNode).join(", ")}`;
  return [{ what, make: (text) => changeNodes(text, before, after) }];
}

function changeNodes(text: string, before: readonly NodeConfig[], after: readonly NodeConfig[]): string | undefined {
  const parsed = parseNodes(text);
  if (parsed === undefined) return replaceShownNodes(text, after);
  const isGone = ({ name, role }: NodeConfig) => role === "agent" && !after.some((node) => node.name === name);
  const kept = before.length === after.length ? before : before.filter((node) => !isGone(node));
  let changed: string | undefined = text;
  for (const index of before.keys()) {
    const place = before.length - 1 - index;
    const node = before[place];
    if (node && !kept.includes(node) && changed !== undefined) changed = removeAt(changed, ["nodes", place]);
  }
  for (const [index, node] of after.entries()) {
    if (changed === undefined) return undefined;
    const was = kept[index];
    changed =
      was === undefined ? appendTo(changed, ["nodes"], inlineNode(node)) : changeNode(changed, index, was, node);
  }
  return changed;
}

function changeNode(text: string, index: number, was: NodeConfig, node: NodeConfig): string | undefined {
  return (["name", "role", "address"] as const).reduce<string | undefined>((changed, key) => {
    const value = node[key];
    if (changed === undefined || value === was[key]) return changed;
    const path = ["nodes", index, key];
    return value === undefined ? removeAt(changed, path) : setAt(changed, path, { value: inline(value) });
  }, text);
}

/** Whether the file has a list of nodes. */
function parseNodes(text: string): true | undefined {
  return /^nodes[ \t]*:|[{,][ \t]*nodes[ \t]*:/m.test(text) ? true : undefined;
}

/** Writes the list of nodes in place of the comment that shows the default one, or else at the end. */
function replaceShownNodes(text: string, nodes: readonly NodeConfig[]): string | undefined {
  const items = nodes.map((node) => `  - ${inlineNode(node)}\n`).join("");
  const shown = /^# nodes:(?: +# .*)?\r?\n(?:# {3}- .*(?:\r?\n|$))+/m.exec(text);
  if (shown === null) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}nodes:\n${items}`;
  const [heading = ""] = shown[0].slice(2).split("\n");
  return `${text.slice(0, shown.index)}${heading}\n${items}${text.slice(shown.index + shown[0].length)}`;
}

/** The parts of a configuration that answers do not decide. */
function others({ machines, network, cluster, registry, host }: LabConfig): unknown {
  const { subnet: _subnet, mode: _mode, uplink: _uplink, interface: _interface, gateway: _gateway, ...rest } = network;
  const { nameservers: _nameservers, addresses: _addresses, ...kept } = rest;
  const { version: _version, ...source } = cluster;
  return { mounts: machines.mounts, network: kept, cluster: source, registry, host };
}

function refused(file: string, what: string): Problem {
  return new Problem("LAB-INI-004", file, `is written in a way in which lab:init cannot ${what}`, {
    remedy: "Change it by hand; `npm run lab:init` may be run again then.",
  });
}
