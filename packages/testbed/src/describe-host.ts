import { cpus, release, totalmem } from "node:os";

/** The host that something was measured or tested on. */
export interface HostDescription {
  /** "AMD EPYC" */
  readonly cpu: string;
  readonly cores: number;
  /** Gigabytes. */
  readonly memory: number;
  /** "6.1.0" */
  readonly kernel: string;
  /** "v20.20.2" */
  readonly node: string;
}

/** Describes this host. */
export function describeHost(): HostDescription {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.version,
  };
}
