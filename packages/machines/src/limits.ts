import type { Machine } from "./machine.js";

/** How much of the host a machine may use; what is absent is not limited. */
export type Limits = Pick<Machine, "memory" | "cpus">;

/** Bytes. */
export const mebibyte = 2 ** 20;

/** Words limits for a sentence: "2048 MB of memory and 2 processors"; undefined where there are none. */
export function limitWords({ memory, cpus }: Limits): string | undefined {
  const parts = [
    ...(memory === undefined ? [] : [`${memory} MB of memory`]),
    ...(cpus === undefined ? [] : [`${cpus} processor${cpus === 1 ? "" : "s"}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(" and ");
}
