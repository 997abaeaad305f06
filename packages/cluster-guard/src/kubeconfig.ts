import { readFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { encodingOf } from "@k3s-lab/host";
import { didYouMean, Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import { parse } from "yaml";

const text = v.string("expected a text");
const texts = v.array(text, "expected a list");
const flag = v.boolean("expected true or false");

function keys<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.looseObject(entries, "expected keys with values");
}

const clusterSchema = keys({
  server: v.optional(text, ""),
  "certificate-authority": v.optional(text),
  "certificate-authority-data": v.optional(text),
  "insecure-skip-tls-verify": v.optional(flag),
  "tls-server-name": v.optional(text),
  "proxy-url": v.optional(text),
  "disable-compression": v.optional(flag),
  extensions: v.optional(v.array(keys({ name: text, extension: v.unknown() })), []),
});

const execPluginSchema = keys({
  apiVersion: text,
  command: text,
  args: v.optional(texts, []),
  env: v.optional(v.array(keys({ name: text, value: text }), "expected a list"), []),
  interactiveMode: v.optional(v.picklist(["Never", "IfAvailable", "Always"], "expected Never, IfAvailable or Always")),
  provideClusterInfo: v.optional(flag, false),
  installHint: v.optional(text),
});

const userSchema = keys({
  token: v.optional(text),
  tokenFile: v.optional(text),
  username: v.optional(text),
  password: v.optional(text),
  "client-certificate": v.optional(text),
  "client-certificate-data": v.optional(text),
  "client-key": v.optional(text),
  "client-key-data": v.optional(text),
  as: v.optional(text),
  "as-uid": v.optional(text),
  "as-groups": v.optional(texts, []),
  "as-user-extra": v.optional(v.record(v.string(), texts), {}),
  "auth-provider": v.optional(keys({ name: text, config: v.optional(v.record(v.string(), v.unknown()), {}) })),
  exec: v.optional(execPluginSchema),
});

const contextSchema = keys({ cluster: v.optional(text, ""), user: v.optional(text, "") });

function named<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.optional(v.array(keys({ name: text, ...entries }), "expected a list"), []);
}

const kubeconfigSchema = keys({
  clusters: named({ cluster: v.optional(clusterSchema, {}) }),
  users: named({ user: v.optional(userSchema, {}) }),
  contexts: named({ context: v.optional(contextSchema, {}) }),
  "current-context": v.optional(text, ""),
});

export type Cluster = v.InferOutput<typeof clusterSchema>;
export type User = v.InferOutput<typeof userSchema>;
export type ExecPlugin = v.InferOutput<typeof execPluginSchema>;

/** A part of a kubeconfig, and the folder of its file, which its paths begin at. */
export interface Placed<Value> {
  readonly value: Value;
  readonly folder: string;
}

/** What messages about a context name. */
export interface Origin {
  readonly file: string;
  readonly context: string;
}

/** A context, with its cluster and its user. */
export interface Chosen extends Origin {
  readonly cluster: Placed<Cluster>;
  /** Absent where the context names none. */
  readonly user?: Placed<User> | undefined;
}

/**
 * Reads kubeconfigs, merged as kubectl merges them: the first that has a name counts, and one of several files may be
 * missing. Chooses a context, by default the current one. Throws what is wrong (exit code 2).
 */
export function readKubeconfig(files: readonly string[], context?: string): Chosen {
  const file = files.join(delimiter);
  const parts = files.flatMap((each) => read(each, files.length > 1) ?? []);
  if (parts.length === 0) throw wrong(file, "do not exist, expected a kubeconfig");
  const contexts = parts.flatMap(({ value }) => value.contexts);
  const known = [...new Set(contexts.map(({ name }) => name))];
  const offer = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  const chosen = context ?? parts.map(({ value }) => value["current-context"]).find((name) => name !== "");
  if (!chosen) throw wrong(file, `names no current context; ${offer}`, { remedy: "Choose one by --context." });
  const found = contexts.find(({ name }) => name === chosen)?.context;
  if (!found)
    throw wrong(file, `has no context ${chosen}; ${offer}${didYouMean(chosen, known)}`, {
      remedy: "Choose one by --context.",
    });
  const cluster = firstOf(parts, ({ clusters }) => clusters.find(({ name }) => name === found.cluster)?.cluster);
  if (!cluster) throw wrong(file, `its context ${chosen} is of the cluster ${found.cluster}, which is not in it`);
  const user = firstOf(parts, ({ users }) => users.find(({ name }) => name === found.user)?.user);
  if (found.user && !user) throw wrong(file, `its context ${chosen} names the user ${found.user}, which is not in it`);
  return { file, context: chosen, cluster, user };
}

type Parsed = Placed<v.InferOutput<typeof kubeconfigSchema>>;

function firstOf<Value>(parts: readonly Parsed[], find: (value: Parsed["value"]) => Value | undefined) {
  for (const { value, folder } of parts) {
    const found = find(value);
    if (found !== undefined) return { value: found, folder };
  }
  return undefined;
}

/** Reads one file; undefined for one that is missing, where others may stand in for it. */
function read(file: string, mayBeMissing: boolean): Parsed | undefined {
  const bytes = bytesOf(file, mayBeMissing);
  if (bytes === undefined) return undefined;
  const encoding = encodingOf(bytes);
  if (encoding !== "UTF-8") {
    throw wrong(file, `is ${encoding === "unknown" ? "in another encoding" : encoding}, expected UTF-8`, {
      remedy: "Save it as UTF-8; in PowerShell with `Out-File -Encoding utf8`.",
    });
  }
  const { success, output, issues } = v.safeParse(kubeconfigSchema, contentOf(bytes.toString("utf8"), file));
  if (success) return { value: output, folder: dirname(file) };
  // The value is not shown: it may be a secret.
  const [issue] = issues;
  throw wrong(file, `is not a kubeconfig: ${[v.getDotPath(issue), issue.message].filter(Boolean).join(": ")}`);
}

function bytesOf(file: string, mayBeMissing: boolean): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && mayBeMissing) return undefined;
    const whats: Readonly<Record<string, string>> = {
      ENOENT: "does not exist, expected a kubeconfig",
      EISDIR: "is a folder, expected a kubeconfig",
    };
    throw wrong(file, whats[code] ?? `cannot be read by this user (${code})`, { cause });
  }
}

/** Returns what is in a YAML file, without keys that have no value. */
function contentOf(yaml: string, file: string): unknown {
  try {
    const data: unknown = parse(yaml, { prettyErrors: false, merge: true });
    return JSON.parse(JSON.stringify(data ?? {}, (_, value: unknown) => value ?? undefined));
  } catch (cause) {
    throw wrong(file, `is not a kubeconfig: ${(cause as Error).message.split("\n")[0]}`, { cause });
  }
}

/** A kubeconfig that cannot be used. */
export function wrong(
  file: string,
  what: string,
  options?: { readonly remedy?: string; readonly cause?: unknown },
): Problem {
  return new Problem("LAB-GRD-010", file, what, options);
}

/** The user of a kubeconfig's context cannot sign in. */
export function noEntry(
  { file, context }: Origin,
  why: string,
  options?: { readonly remedy?: string | undefined; readonly cause?: unknown },
): Problem {
  return new Problem("LAB-GRD-005", file, `its context ${context} cannot sign in: ${why}`, options);
}
