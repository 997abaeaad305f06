import { docker } from "@k3s-lab/docker";
import { type Limits, mebibyte } from "../../limits.js";
import type { Container } from "./container.js";
import { containerName } from "./names.js";

/** What Docker's host has: bytes, and processors. */
interface Size {
  readonly bytes: number;
  readonly cpus: number;
}

const nano = 1e9;

/** Returns the arguments of `docker create` and `docker update` for limits; what is absent stays as it is. */
export function limitArgs({ bytes, cpus }: Partial<Size>): readonly string[] {
  return [
    // Swap has no end of its own: Docker would refuse memory beyond one that was set before.
    ...(bytes === undefined ? [] : ["--memory", String(bytes), "--memory-swap", "-1"]),
    ...(cpus === undefined ? [] : ["--cpus", String(cpus)]),
  ];
}

export function sizeOf({ memory, cpus }: Limits): Partial<Size> {
  return { ...(memory !== undefined && { bytes: memory * mebibyte }), ...(cpus !== undefined && { cpus }) };
}

/** Tells whether a container has limits. In place of one that was taken back it has all that the host has. */
export function hasLimits(
  { HostConfig: { Memory, NanoCpus } }: Pick<Container, "HostConfig">,
  limits: Limits,
  all: Size = { bytes: Infinity, cpus: Infinity },
): boolean {
  const { bytes, cpus } = sizeOf(limits);
  const isRight = (seen: number, wanted: number | undefined, most: number) =>
    wanted === undefined ? seen === 0 || seen >= most : seen === wanted;
  return isRight(Memory, bytes, all.bytes) && isRight(NanoCpus / nano, cpus, all.cpus);
}

/** Limits a container. Docker takes 0 for "as before": all that the host has is what no limit comes to. */
export async function limitContainer(labId: string, name: string, limits: Limits): Promise<void> {
  await docker(["update", ...limitArgs({ ...(await dockerSize()), ...sizeOf(limits) }), containerName(labId, name)]);
}

export async function dockerSize(): Promise<Size> {
  const { stdout } = await docker(["info", "--format", "{{.MemTotal}} {{.NCPU}}"]);
  const [bytes = 0, cpus = 0] = stdout.trim().split(" ").map(Number);
  return { bytes, cpus };
}
