import type { Replaced } from "./redact/stand-ins.js";

/** A file of the archive, or why it is not there. */
export interface Gathered {
  readonly path: string;
  readonly what: string;
  readonly bytes: number;
  readonly missing?: string | undefined;
}

export interface Report {
  /** tar, compressed by gzip. */
  readonly archive: Buffer;
  readonly files: readonly Gathered[];
  readonly replaced: readonly Replaced[];
}
