import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { caller, makeForCaller, readText, systemDir } from "@k3s-lab/host";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import { labConfig } from "./config.js";
import type { Lab } from "./lab.js";
import { type MachineProvider, machineProvider } from "./provider.js";
import { LabState } from "./state.js";

/** Where a lab of this host is at home, kept outside its folder: it outlives that. */
export interface LabPlace {
  readonly id: string;
  readonly name: string;
  /** Absolute path of lab.yaml; the file need not exist. */
  readonly file: string;
  readonly provider: MachineProvider;
  readonly mode: "private" | "bridged";
  /** When the lab was first made: "2026-11-30T17:06:44.000Z". */
  readonly made: string;
  /** It has a network, and nothing else yet: its first lab:up has just begun. */
  readonly isClaimed?: true | undefined;
}

const schema = v.object({
  name: v.string(),
  file: v.string(),
  provider: v.picklist(["lxc", "docker", "libvirt", "virtualbox"]),
  mode: v.picklist(["private", "bridged"]),
  made: v.string(),
  isClaimed: v.optional(v.literal(true)),
});

/** The folders in which places are kept: root's, and that of a user who makes labs without root. */
export interface PlaceDirs {
  readonly root: string;
  readonly user: string;
}

export function placeDirs(env: NodeJS.ProcessEnv = process.env): PlaceDirs {
  const state = env.XDG_STATE_HOME || join(caller(env).home, ".local/state");
  return { root: join(systemDir, "labs"), user: join(state, "k3s-lab/labs") };
}

/** Reads where the labs of this host are at home. A file that is damaged, or of a later release, is passed over. */
export function readPlaces(dirs: PlaceDirs = placeDirs()): readonly LabPlace[] {
  const places = [dirs.user, dirs.root].flatMap((dir) =>
    idsIn(dir).flatMap((id): readonly LabPlace[] => {
      const place = parse(readText(join(dir, `${id}.json`)));
      return place === undefined ? [] : [{ id, ...place }];
    }),
  );
  return [...new Map(places.map((place) => [place.id, place])).values()];
}

/** Whether a lab's place is noted as it is; the time at which it was made does not count. */
export function isPlaceNoted(lab: OfLab, dirs: PlaceDirs = placeDirs()): boolean {
  const found = readPlaces(dirs).find(({ id }) => id === lab.id);
  return found !== undefined && JSON.stringify({ ...placeOf(lab), made: found.made }) === JSON.stringify(found);
}

/** Notes where a lab is at home; it keeps the time at which it was first made. */
export function notePlace(lab: OfLab, dirs: PlaceDirs = placeDirs(), isRoot = process.getuid?.() === 0): void {
  writePlace(placeOf(lab), dirs, isRoot);
}

/** Lets other labs know of one before anything of it is on the host; a step of its own notes its place thereafter. */
export function claimPlace(lab: OfLab, dirs: PlaceDirs = placeDirs(), isRoot = process.getuid?.() === 0): void {
  if (!isPlaceNoted(lab, dirs)) writePlace({ ...placeOf(lab), isClaimed: true }, dirs, isRoot);
}

/** The folder that this user's labs are noted in. */
export function placesDir(dirs: PlaceDirs = placeDirs(), isRoot = process.getuid?.() === 0): string {
  return isRoot ? dirs.root : dirs.user;
}

function writePlace({ id, ...written }: LabPlace, dirs: PlaceDirs, isRoot: boolean): void {
  const known = readPlaces(dirs).find((place) => place.id === id);
  const place = { ...written, ...(known && { made: known.made }) };
  const dir = placesDir(dirs, isRoot);
  if (isRoot) mkdirSync(dir, { recursive: true, mode: 0o755 });
  else makeForCaller(dir);
  writeFileAtomic.sync(placeFile(dir, id), `${JSON.stringify(place, undefined, 2)}\n`, { mode: 0o644 });
}

/** The files that tell where a lab is at home. */
export function placeFiles(id: string, dirs: PlaceDirs = placeDirs()): readonly string[] {
  return [dirs.root, dirs.user].map((dir) => placeFile(dir, id)).filter((file) => existsSync(file));
}

/** Forgets where a lab was at home, and the folder with the last of them. */
export function forgetPlace(id: string, dirs: PlaceDirs = placeDirs()): void {
  for (const dir of [dirs.root, dirs.user]) {
    rmSync(placeFile(dir, id), { force: true });
    try {
      rmdirSync(dir);
    } catch {
      // It has other labs, or was never made.
    }
  }
}

/** Makes a lab of what is known of one whose folder is gone: enough to remove it by its id. */
export function abandonedLab({ id, name, file, provider, mode }: Omit<LabPlace, "made">): Lab {
  const isVirtual = provider === "libvirt" || provider === "virtualbox";
  const config = v.parse(labConfig, {
    name,
    machines: isVirtual ? { provider: "vagrant", vagrant: { provider } } : { provider },
    network: { mode },
  });
  return { id, file, config, state: new LabState(join(dirname(file), ".lab")) };
}

type OfLab = Pick<Lab, "id" | "config" | "file">;

function placeOf({ id, config, file }: OfLab): LabPlace {
  const provider = machineProvider(config);
  return { id, name: config.name, file, provider, mode: config.network.mode, made: new Date().toISOString() };
}

function placeFile(dir: string, id: string): string {
  return join(dir, `${id}.json`);
}

function idsIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).flatMap((name) => /^([0-9a-f]{6})\.json$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

function parse(text: string | undefined): v.InferOutput<typeof schema> | undefined {
  try {
    return v.parse(schema, JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}
