import type { Progress } from "@k3s-lab/steps";

/** Where K3s has come from. */
export type Source = "release" | "directory" | "modules" | "package";

/** Tells whether K3s is the build from Go modules, compiled here or brought by a package. */
export function isModules(source: Source | "auto"): boolean {
  return source === "modules" || source === "package";
}

/** What K3s is installed from: a folder on the host with the layout of an air-gap release. */
export interface Release {
  readonly source: Source;
  readonly version: string;
  readonly folder: string;
  readonly binary: ReleaseFile;
  /** Image archives, handed to every machine; one of the registry alone to the machine that runs it. */
  readonly archives: readonly ReleaseFile[];
}

export interface ReleaseFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** When it was last changed, in milliseconds: with the size, a file need not be read again to be known. */
  readonly changed: number;
  /** The images in an archive, by their full names. */
  readonly images?: readonly string[];
}

/** What lab.yaml asks for; as long as it stays the same, so does the release that was found for it. */
export interface Asked {
  readonly source: Source | "auto";
  readonly version: string;
  readonly baseUrl: string;
  /** Absolute. */
  readonly directory?: string;
}

/** What K3s is or will be installed from: where nothing was fetched yet, `auto` may not have been decided. */
export interface Foreseen extends Omit<Release, "source"> {
  readonly source: Asked["source"];
}

/** Is told how the search for a release goes on. */
export interface Log {
  note(message: string): void;
  readonly progress: Progress;
}
