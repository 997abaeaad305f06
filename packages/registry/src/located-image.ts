import type { Readable } from "node:stream";
import type { Copy } from "@k3s-lab/images/skopeo";
import type { Progress } from "@k3s-lab/steps";
import type { Registry } from "./registry.js";

/** An image that can be pushed. */
export interface LocatedImage {
  /** The names that it has already; or tags alone. */
  readonly names: readonly string[];
  /** What a message calls it: its file, or what the user wrote. */
  readonly subject: string;
  /** What to do where skopeo cannot read it. */
  readonly remedy?: string;
  /** What this host's Docker calls it, where that has it. */
  readonly inDocker?: string;
  /** Saves it as its store does, under the names that it has, into an archive that a node can import; absent: skopeo has to. */
  toArchive?(): Promise<string>;
  /**
   * Makes an OCI layout of it alone, which is pushed without skopeo; undefined where its file is none that this can be made of.
   * Absent: skopeo has to.
   */
  toLayout?(): Promise<string | undefined>;
  /** Renders it for skopeo; what skopeo cannot read in its place is first put into `scratch`. */
  toSkopeo(): Promise<Pick<Copy, "source" | "flags">>;
}

/** How images are found, and carried to the lab. */
export interface Sending {
  /** The lab's, whether or not it serves: an image may be taken from it. */
  readonly registry: Registry;
  /** NAME[:TAG] that the image gets; by default its own. */
  readonly name?: string | undefined;
  readonly install: "auto" | "never";
  /** Reports how far it has come. */
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: Locating["input"];
}

export interface Locating {
  /** IMAGE as the user wrote it. */
  readonly written: string;
  readonly registry: Registry;
  /** An empty folder. */
  readonly scratch: string;
  /** Whether an image of several platforms is to be pushed with all of them, or with the nodes' only. */
  readonly allPlatforms: boolean;
  /** Reports where the image was found, and how far it has come. */
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Where `-` comes from. Default: standard input. */
  readonly input?: (Readable & { readonly isTTY?: boolean }) | undefined;
}
