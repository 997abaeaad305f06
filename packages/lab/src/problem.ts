/** Exit codes of every command, stable for pipelines. */
export const exitCode = {
  done: 0,
  failed: 1,
  /** The configuration or the command line is wrong; nothing was touched. */
  usage: 2,
  /** The host lacks something; the message names it and the command that installs it. */
  hostLacks: 3,
  /** `plan --exit-code`: there is something to do. */
  planNotEmpty: 4,
  interrupted: 130,
} as const;

export interface ProblemOptions {
  /** What the reader should do now, as a sentence. */
  readonly remedy?: string;
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/**
 * What went wrong, for a person: `<subject>: <what is wrong>. <What to do.>`
 * The subject is a node, a file or a program; `what` says what was expected and what was seen.
 */
export class Problem extends Error {
  override readonly name: string = "Problem";
  readonly subject: string;
  readonly what: string;
  readonly remedy: string | undefined;
  readonly exitCode: number;

  constructor(subject: string, what: string, options: ProblemOptions = {}) {
    const sentence = options.remedy === undefined ? "" : ` ${options.remedy}`;
    super(`${subject}: ${what.replace(/\.$/, "")}.${sentence}`, { cause: options.cause });
    this.subject = subject;
    this.what = what;
    this.remedy = options.remedy;
    this.exitCode = options.exitCode ?? exitCode.failed;
  }
}
