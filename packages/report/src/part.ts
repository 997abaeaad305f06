/** One file of a report. */
export interface Part {
  /** Its path in the archive: "nodes/agent1/k3s.txt". */
  readonly path: string;
  /** What it is, in a few words. */
  readonly what: string;
  /** Resolves with its text, which is redacted later. What it throws is why the part is missing. */
  gather(signal: AbortSignal): Promise<string>;
}

/** Says why a part of a report is missing, to stand after its name. */
export class Missing extends Error {
  override readonly name = "Missing";
}
