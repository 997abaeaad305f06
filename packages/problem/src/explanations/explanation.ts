import type { ErrorId } from "../errors.js";

/** What `k3s-lab explain` and docs/errors/ tell of an error. Texts are Markdown of one paragraph. */
export interface Explanation {
  /** How it comes about. */
  readonly cause: string;
  /** What a person does about it. */
  readonly remedy: string;
  /** A whole message, as a command prints it, of one case. */
  readonly example: string;
}

/** Explains every error of an area: "NET" stands for LAB-NET-001 and so on. A row that is missing does not compile. */
export type ExplanationsOf<Area extends string> = Readonly<
  Record<Extract<ErrorId, `LAB-${Area}-${string}`>, Explanation>
>;
