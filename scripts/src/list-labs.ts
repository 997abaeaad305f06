import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { LabPlace, MachineProvider } from "@k3s-lab/lab";
import type { FoundLab } from "@k3s-lab/machines";
import { alignColumns } from "./align-columns.js";
import { ageText, bytesText } from "@k3s-lab/steps";

/** A lab as `labs --json` prints it. */
export interface ListedLab {
  readonly id: string;
  /** Absent where nothing was noted of the lab: an earlier release made it, or another user. */
  readonly name?: string | undefined;
  readonly folder?: string | undefined;
  /** Whether that folder exists. */
  readonly hasFolder?: boolean | undefined;
  readonly providers: readonly MachineProvider[];
  /** "no machine": it has none yet, or none any more. */
  readonly state: "running" | "partly running" | "stopped" | "no machine";
  readonly machines: readonly { readonly name: string; readonly isRunning: boolean }[];
  /** When it was first made. */
  readonly made?: string | undefined;
  /** Absent where it cannot be told. */
  readonly bytes?: number | undefined;
}

export interface Known {
  readonly places: readonly LabPlace[];
  readonly found: readonly FoundLab[];
  /** By the id of the lab. */
  readonly disks: ReadonlyMap<string, number | undefined>;
  readonly exists?: (folder: string) => boolean;
}

/** Joins what was noted of labs and what was found of them, by their ids. */
export function listLabs({ places, found, disks, exists = existsSync }: Known): readonly ListedLab[] {
  const ids = [...new Set([...places, ...found].map(({ id }) => id))].toSorted();
  return ids.map((id): ListedLab => {
    const place = places.find((each) => each.id === id);
    const seen = found.find((each) => each.id === id);
    const machines = (seen?.machines ?? []).map(({ name, isRunning }) => ({ name, isRunning }));
    const folder = place && dirname(place.file);
    return {
      id,
      name: place?.name,
      folder,
      hasFolder: folder === undefined ? undefined : exists(folder),
      providers: place === undefined ? (seen?.providers ?? []) : [place.provider],
      state: stateOf(machines),
      machines,
      made: place?.made,
      bytes: disks.get(id),
    };
  });
}

function stateOf(machines: ListedLab["machines"]): ListedLab["state"] {
  const running = machines.filter(({ isRunning }) => isRunning).length;
  if (machines.length === 0) return "no machine";
  if (running === 0) return "stopped";
  return running === machines.length ? "running" : "partly running";
}

/** Renders the labs for a person. */
export function renderLabs(labs: readonly ListedLab[], now = new Date()): string {
  if (labs.length === 0) return "No lab is on this host.";
  const gone = labs.find(({ hasFolder }) => hasFolder === false);
  return [
    ...alignColumns([
      ["ID", "NAME", "STATE", "MACHINES", "AGE", "DISK", "FOLDER"],
      ...labs.map((lab) => [
        lab.id,
        lab.name ?? "?",
        lab.state,
        machineWords(lab),
        lab.made === undefined ? "?" : ageText(now.getTime() - Date.parse(lab.made)),
        lab.bytes === undefined ? "?" : bytesText(lab.bytes),
        lab.folder === undefined ? "not known" : `${lab.folder}${lab.hasFolder ? "" : " (deleted)"}`,
      ]),
    ]),
    ...(labs.some(({ bytes }) => bytes === undefined) ? ["", diskNote()] : []),
    ...(gone === undefined ? [] : ["", `A lab without its folder is removed by: npm run labs -- --remove ${gone.id}`]),
  ].join("\n");
}

function machineWords({ machines, providers }: ListedLab): string {
  const running = machines.filter(({ isRunning }) => isRunning).length;
  const count = running === machines.length || running === 0 ? machines.length : `${running} of ${machines.length}`;
  return [machines.length === 0 ? "0" : count, ...providers].join(" ");
}

function diskNote(): string {
  return process.getuid?.() === 0
    ? "?: the disks of virtual machines are their hypervisor's."
    : "?: only root may see what containers take of the disk.";
}
