/** The disks of a lab's containers as a whole: to archive them at one instant, and to put back what was archived. */
export interface Disks {
  /** The machines that are there. */
  names(): Promise<readonly string[]>;
  /** Stops everything that runs in a machine where it is, and resolves when nothing does any more. */
  freeze(name: string): Promise<void>;
  thaw(name: string): Promise<void>;
  /** Thaws machines when they have been frozen for too long, unless it is aborted before: also where this process was killed. */
  thawLater(names: readonly string[], signal: AbortSignal): Promise<void>;
  /** Ends a machine as a power cut does; nothing where it does not run. */
  halt(name: string): Promise<void>;
  /**
   * Ends a machine, and removes what it has besides its disk: it is made again, as a new one is, with that disk. Absent: all that a
   * machine has is its disk.
   */
  unmake?(name: string): Promise<void>;
  /** Opens disks for a while, beside a folder of the host with the files of a snapshot. */
  open(names: readonly string[], folder: string): Promise<OpenDisks>;
  /** Puts what was extracted in the place of a machine's disk, of a machine that stands still. Cut short, it may be called again. */
  swap(name: string): Promise<void>;
  /** Removes what was extracted, and not put anywhere. */
  discard(name: string): Promise<void>;
}

export interface OpenDisks extends AsyncDisposable {
  /**
   * Archives a disk into the folder: all of it at first, as level 0, and at each further level what has changed since the one
   * before. The last level is that of a frozen machine.
   */
  archive(name: string, level: number, state: "running" | "frozen", options: ArchiveOptions): Promise<void>;
  /** Compresses what was archived of frozen machines; the folder's files are the caller's from then on. */
  pack(signal: AbortSignal): Promise<void>;
  /** Makes the disk that was archived, beside the one that a machine has. */
  extract(name: string, signal: AbortSignal): Promise<void>;
  /** A disk that was extracted. */
  extracted(name: string): ExtractedDisk;
  /** Where this host finds a file of a machine that stands still or is frozen; undefined where only Docker does. */
  pathOf(name: string, path: string): string | undefined;
}

/** A disk that is not in its machine's place yet, and may lie where only Docker reaches it. Paths are those of the machine. */
export interface ExtractedDisk {
  /** Copies a folder to a path of this host where nothing is yet; does nothing where the machine has no such folder. */
  copyOut(path: string, to: string): Promise<void>;
  /** Puts a file of this host into a folder of the disk, in the place of one of that name. */
  copyIn(from: string, path: string): Promise<void>;
  /** Removes a file or a folder; does nothing where there is none. */
  remove(path: string): Promise<void>;
  /** Resolves when no loss of power can undo what was changed. */
  sync(): Promise<void>;
}

interface ArchiveOptions {
  /** Paths of the machine that are left out: absolute. */
  readonly without: readonly string[];
  readonly signal: AbortSignal;
}

/** What of a machine is made again: K3s and its images come from the release, containers from their images. */
export const madeAgain = [
  "/usr/local/bin/k3s",
  "/var/lib/rancher/k3s/data",
  "/var/lib/rancher/k3s/agent/images",
  "/var/lib/rancher/k3s/agent/containerd",
  // The addresses of containers, which are all gone.
  "/var/lib/cni",
] as const;

/**
 * What several servers have in common is in none of them: the images of their registry, in a folder of the host or a volume of Docker's.
 * It is archived as one more disk, by a name that no machine can have.
 */
export const sharedDisk = "_registry";

/** Where K3s keeps its store, where that is SQLite's. */
export const storePath = "/var/lib/rancher/k3s/server/db/state.db";

/** Seconds that a machine may be frozen. */
export const longestFreeze = 3;

/** Runs its arguments as a command when that time is up. */
export const thawLater = `sleep ${longestFreeze}; exec "$@"`;

/** Milliseconds: a disk of some gigabytes, on a slow host. */
export const archiveTimeout = 30 * 60_000;
