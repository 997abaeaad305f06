import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { asCaller, type Caller, caller, readIfExists } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";

/** A user's credentials for a registry. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth refresh token: what `docker login` keeps for some registries in place of a password. */
  | { readonly identityToken: string };

export interface Reading {
  /** What is wanted of the registry: "acme/web". Podman and skopeo keep credentials for a part of a registry, too. */
  readonly path?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Docker's config.json, and the auth.json of Podman and skopeo, which has the same form. */
interface AuthFile {
  readonly auths?: Readonly<Record<string, Entry | null>> | null;
  /** The helper that keeps the credentials of all registries. */
  readonly credsStore?: string | null;
  /** The helpers of single registries. */
  readonly credHelpers?: Readonly<Record<string, string>> | null;
}

interface Entry {
  /** Base64 of "user:password". */
  readonly auth?: string;
  /** In place of `auth`: Docker reads both, and writes `auth`. */
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** Returns where `docker login` of the calling user, also under sudo, keeps its credentials. */
export function dockerConfigFile(env: NodeJS.ProcessEnv = process.env, { home } = caller(env)): string {
  return join(env.DOCKER_CONFIG || join(home, ".docker"), "config.json");
}

/** Where a program keeps what it was logged in with. */
interface Place {
  /** A file; or the variable that holds its text. */
  readonly title: string;
  /** What a variable holds. */
  readonly text?: string;
  /** Whether entries may be for a part of a registry, as Podman and skopeo have them; Docker knows none. */
  readonly hasParts: boolean;
}

/**
 * Returns where the calling user's logins are, also under sudo: Docker's, and those of Podman and skopeo. Before all of them
 * comes what Docker and GitLab's runner read first, a variable.
 */
export function loginPlaces(
  first: "docker" | "skopeo",
  env: NodeJS.ProcessEnv = process.env,
  who: Caller = caller(env),
): readonly Place[] {
  const docker = dockerConfigFile(env, who);
  const others = containersAuthFiles(env, who).map((file) => ({ title: file, hasParts: true }));
  const rest = others.filter(({ title }) => title !== docker);
  // Where REGISTRY_AUTH_FILE names Docker's file, Podman and skopeo know parts in it.
  const own = { title: docker, hasParts: rest.length < others.length };
  const { DOCKER_AUTH_CONFIG: text = "" } = env;
  const inVariable = text.trim() === "" ? [] : [{ title: "DOCKER_AUTH_CONFIG", text, hasParts: true }];
  return [...inVariable, ...(first === "docker" ? [own, ...rest] : [...rest, own])];
}

/** Returns where `podman login` and `skopeo login` keep credentials. */
function containersAuthFiles(env: NodeJS.ProcessEnv, { uid, home, isRoot }: Caller): readonly string[] {
  if (env.REGISTRY_AUTH_FILE) return [env.REGISTRY_AUTH_FILE];
  const isSelf = !isRoot || uid === 0;
  const withoutSession = `/run/containers/${uid}`;
  // Under sudo, the variables are root's.
  const runtime = isSelf ? [env.XDG_RUNTIME_DIR || withoutSession] : [`/run/user/${uid}`, withoutSession];
  const config = (isSelf && env.XDG_CONFIG_HOME) || join(home, ".config");
  return [...new Set([...runtime, config])].map((folder) => join(folder, "containers/auth.json"));
}

interface Looking extends Reading {
  /** Is told of a place that cannot be read: another may have the credentials. */
  skip(problem: Problem): void;
}

/** Looks for a registry's credentials in one place after the other. */
export async function findCredentials(
  registry: string,
  places: readonly Place[],
  { skip, ...reading }: Looking,
): Promise<Credentials | undefined> {
  for (const place of places) {
    try {
      const found = await credentialsIn(place, registry, reading);
      if (found !== undefined) return found;
    } catch (error) {
      reading.signal?.throwIfAborted();
      if (!(error instanceof Problem)) throw error;
      skip(error);
    }
  }
  return undefined;
}

/**
 * Reads a registry's credentials from a place of Docker's form, or from the credential helper that it names; undefined
 * where there are none. Throws a Problem that names the place where it, or its helper, cannot be read.
 */
export async function credentialsIn(
  place: Place,
  registry: string,
  reading: Reading = {},
): Promise<Credentials | undefined> {
  const { title, hasParts } = place;
  const { auths, credsStore, credHelpers } = readAuths(place);
  const names = namesOf(registry);
  const helper = entryOf(credHelpers ?? {}, names) ?? credsStore;
  const kept = helper ? await askHelper(title, helper, names[0], reading) : undefined;
  if (kept !== undefined) return kept;
  // Docker would end here. But what a pipeline has written beside a helper that knows nothing was meant to be used.
  const entries = auths ?? {};
  const parts = hasParts ? partsOf(registry, reading.path).filter((part) => Object.hasOwn(entries, part)) : [];
  for (const entry of [...parts.map((part) => entries[part]), entryOf(entries, names)]) {
    const found = entry ? credentialsOf(entry, title, registry) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function readAuths({ title, text: given }: Place): AuthFile {
  let text = given;
  try {
    text ??= readIfExists(title);
    const content: unknown = JSON.parse(text?.trim() || "{}");
    if (typeof content === "object" && content !== null) return content;
  } catch (cause) {
    // The parser's message would quote the text, which holds secrets.
    const what = text === undefined ? `cannot be read (${(cause as NodeJS.ErrnoException).code})` : "is not JSON";
    throw new Problem("LAB-IMG-003", title, what);
  }
  throw new Problem("LAB-IMG-003", title, "holds no keys, expected those that `docker login` writes");
}

/** The names under which a registry's credentials are kept; Docker asks helpers by the first. */
function namesOf(registry: string): readonly [string, ...string[]] {
  const hub = ["docker.io", "index.docker.io", "registry-1.docker.io"];
  return hub.includes(registry) ? ["https://index.docker.io/v1/", ...hub] : [registry];
}

/** Returns the parts of a registry that a path is in, the longest first: "ghcr.io/acme/web", "ghcr.io/acme". */
function partsOf(registry: string, path = ""): readonly string[] {
  const folders = path.split("/").filter(Boolean);
  return folders.map((_, index) => [registry, ...folders.slice(0, folders.length - index)].join("/"));
}

/** Returns the value of the first key that is one of these hosts: older programs wrote "https://HOST/v1/" for HOST. */
function entryOf<Value>(entries: Readonly<Record<string, Value>>, names: readonly string[]): Value | undefined {
  const hostOf = (key: string) => key.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "");
  const exact = names.find((name) => Object.hasOwn(entries, name));
  if (exact !== undefined) return entries[exact];
  return Object.entries(entries).find(([key]) => names.includes(hostOf(key)))?.[1];
}

function credentialsOf(entry: Entry, title: string, registry: string): Credentials | undefined {
  const { auth, username, password, identitytoken } = entry;
  if (identitytoken) return { identityToken: identitytoken };
  if (!auth) return username && password ? { username, password } : undefined;
  const [, user, secret] = /^([^:]+):(.*?)\0*$/s.exec(Buffer.from(auth, "base64").toString("utf8")) ?? [];
  if (user !== undefined && secret !== undefined) return { username: user, password: secret };
  throw new Problem("LAB-IMG-003", title, `the auth of ${registry} is not base64 of user:password`);
}

/** The user name by which a helper marks its secret as a token. */
const tokenUser = "<token>";

/** Asks by the protocol of https://github.com/docker/docker-credential-helpers: the registry in, JSON out. */
async function askHelper(
  title: string,
  helper: string,
  name: string,
  { env = process.env, signal }: Reading,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const refuse = (what: string, cause?: unknown) =>
    new Problem("LAB-IMG-003", title, `${program}, which keeps the credentials of ${name}, ${what}`, { cause });
  // It opens the calling user's keyring, not root's.
  const as = asCaller(caller(env));
  const options = { ...as, env: { ...env, ...as?.env }, input: name, answers: "any", signal } as const;
  const answer = await run(program, ["get"], options).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw refuse(cause instanceof CommandFailed ? cause.what : String(cause), cause);
  });
  if (answer.exitCode !== 0) {
    // Helpers print on standard output why they have no credentials.
    const said = (answer.stdout || answer.stderr).trim();
    if (/credentials not found/i.test(said)) return undefined;
    throw refuse(`ended with exit code ${answer.exitCode}${said === "" ? "" : `: ${said}`}`);
  }
  try {
    const { Username: username = "", Secret: secret = "" } = JSON.parse(answer.stdout.trim() || "{}") as KeptByHelper;
    if (typeof username !== "string" || typeof secret !== "string") throw new Error("no Username and Secret");
    // Some helpers answer so where they have none.
    if (secret === "") return undefined;
    return username === tokenUser ? { identityToken: secret } : { username, password: secret };
  } catch {
    throw refuse("did not answer with JSON, expected Username and Secret");
  }
}

interface KeptByHelper {
  readonly Username?: unknown;
  readonly Secret?: unknown;
}
