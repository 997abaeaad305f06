import type { AsCaller } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";

/** The prefix of an image's name, before a colon, that names the kind of store that has it. */
export type Transport = "docker-daemon" | "containers-storage" | "containerd";

/** A place on this host that keeps images by name. */
export interface ImageStore {
  /** What a message calls it: "Docker at unix:///var/run/docker.sock". */
  readonly title: string;
  readonly transport: Transport;
  /**
   * Returns the identity of an image, which is the same wherever else that image is; undefined where the store has none of
   * that name. Rejects with a Problem where it does not answer.
   */
  find(name: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Returns the names that the store has of the same image with other tags; absent where it cannot tell. Fails as `find` does. */
  namesLike?(name: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Returns about how many bytes `save` will write of an image that was found; undefined where the store does not tell. */
  bytes?(name: string): number | undefined;
  /** Writes an image into a new file, as a docker-archive or an oci-archive. */
  save(name: string, archive: string, options: SaveOptions): Promise<void>;
}

interface SaveOptions {
  /** Whether an image of several platforms is to have all of them. */
  readonly allPlatforms: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Adds to a store's title whose it is, where that is another user's. */
export function ofUser(as: AsCaller | undefined): string {
  return as === undefined ? "" : ` of user ${as.user.uid}`;
}

/** Returns the Problem of a store that does not answer, or refuses. */
export function storeProblem(title: string, what: string, remedy: string, cause?: unknown): Problem {
  return new Problem("LAB-IMG-004", title, what, { remedy, cause });
}

/** Milliseconds that a store may take to answer, and to write a large image. */
export const patience = { answer: 15_000, save: 60 * 60_000 } as const;
