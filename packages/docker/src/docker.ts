import { ask } from "./ask.js";
import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";

/** The options by which every command speaks to the same daemon as the person's own `docker`: none but the environment. */
export const program = "docker";

/**
 * Variables by which a person has `docker` do something else with images and containers of their own. What a lab has is made on
 * this host and signed by nobody, has this host's architecture, and needs what the daemon itself can.
 */
export const ownChoices: Readonly<Record<string, undefined>> = {
  DOCKER_API_VERSION: undefined,
  DOCKER_CONTENT_TRUST: undefined,
  DOCKER_DEFAULT_PLATFORM: undefined,
};

/** Runs a command of Docker's to its end. */
export function docker(args: readonly string[], options?: RunOptions): Promise<RunResult> {
  return run(program, args, { ...options, env: { ...options?.env, ...ownChoices } });
}

/** Where the daemon tells of one thing of a kind, and of all. */
const places = {
  container: { one: (name: string) => `/containers/${name}/json`, all: "/containers/json?all=1&" },
  image: { one: (name: string) => `/images/${name}/json`, all: "" },
  network: { one: (name: string) => `/networks/${name}`, all: "/networks?" },
  volume: { one: (name: string) => `/volumes/${name}`, all: "/volumes?" },
} as const;

type Kind = keyof typeof places;

/** Returns what `docker inspect` prints of one thing; undefined where it is missing. */
export function inspect<Seen>(kind: Kind, name: string): Promise<Seen | undefined> {
  return ask<Seen>(places[kind].one(name));
}

/** A container, a network or a volume that was found by its label. */
export interface Labelled {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A container's id, and how it is: "running", "exited". */
  readonly id?: string;
  readonly state?: string;
  /** A volume's folder, which only root may read. */
  readonly folder?: string;
}

interface Listed {
  readonly Id?: string;
  readonly Name?: string;
  readonly Names?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly State?: string;
  readonly Mountpoint?: string;
}

/** Lists things that have a label, "k3s-lab.lab=7f3a21", by their names. */
export async function labelled(kind: Exclude<Kind, "image">, label: string): Promise<readonly Labelled[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const answer = await ask<readonly Listed[] | { readonly Volumes: readonly Listed[] | null }>(
    `${places[kind].all}filters=${filters}`,
  );
  const listed = answer === undefined ? [] : "Volumes" in answer ? (answer.Volumes ?? []) : answer;
  return listed.map(toLabelled).toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function toLabelled({ Id, Name, Names, Labels, State, Mountpoint }: Listed): Labelled {
  return {
    // A container's stands behind that of the daemon: "/k3s-lab-7f3a21-multi".
    name: Name ?? Names?.[0]?.replace(/^\//, "") ?? "",
    labels: Labels ?? {},
    ...(Id !== undefined && { id: Id }),
    ...(State !== undefined && { state: State }),
    ...(Mountpoint !== undefined && { folder: Mountpoint }),
  };
}
