import type { FileSystemSpace } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { diskShares, needs } from "./host-needs.js";

/** The room on a disk that making a lab's machines takes. */
export interface Need {
  readonly bytes: number;
  readonly inodes: number;
}

/** Returns what machines that are still to be made take, with the root file system that they are made from. */
export function needFor(machines: number, hasRoot: boolean): Need {
  const roots = machines > 0 && !hasRoot ? 1 : 0;
  return {
    bytes: machines * needs.machine.bytes + roots * needs.rootfs.bytes,
    inodes: machines * needs.machine.inodes + roots * needs.rootfs.inodes,
  };
}

/** Throws where pods would be evicted as soon as the machines are made, or files run out; `remedy` is how to make room there. */
export function refuseFullDisk(
  place: string,
  { size, available, inodes, freeInodes }: FileSystemSpace,
  need: Need,
  remedy: string,
): void {
  const kept = size * diskShares.evicts;
  if (available - need.bytes < kept) {
    const evicts = `below ${diskShares.evicts * 100} % (${gibibytes(kept)}) K3s evicts pods`;
    const what = `has ${gibibytes(available)} free (${percent(available / size)}), expected ${gibibytes(need.bytes + kept)}: the machines take ${gibibytes(need.bytes)}, and ${evicts}`;
    throw new Problem("LAB-MCH-019", place, what, { remedy });
  }
  if (inodes > 0 && freeInodes < need.inodes) {
    const what = `has ${freeInodes} inodes free, expected ${need.inodes}: the machines take that many files`;
    throw new Problem("LAB-MCH-019", place, what, { remedy });
  }
}

/** Returns a note on a disk that has room enough, yet will be so full that K3s deletes images. */
export function noteOnSpace(place: string, { size, available }: FileSystemSpace, need: Need): string | undefined {
  const left = available - need.bytes;
  if (left / size >= diskShares.deletesImages) return undefined;
  const limit = `${diskShares.deletesImages * 100} %`;
  return `${place}: ${percent(left / size)} of its disk remains free (${gibibytes(left)}); below ${limit}, K3s deletes images that no pod uses, pushed ones too`;
}

function percent(share: number): string {
  return `${Math.max(0, Math.floor(share * 100))} %`;
}

function gibibytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 2 ** 30).toFixed(1)} GiB`;
}
