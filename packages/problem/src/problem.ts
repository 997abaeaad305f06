import { type ErrorId, errors } from "./errors.js";

/** A place in a file that an error is about. Line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong there. */
  readonly message: string;
}

export interface ProblemOptions {
  /** What the reader should do now, as a sentence. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
  /** Where the cause decides it. Default: the one of the error's id. */
  readonly exitCode?: number;
  /** Where in a file of the user's it is, for editors and pipelines that show it there. */
  readonly places?: readonly Place[];
}

/**
 * What went wrong, for a person: `<subject>: <what is wrong>. <What to do.> [<id>]`
 * The subject is a node, a file or a program; `what` says what was expected and what was seen.
 */
export class Problem extends Error {
  override readonly name: string = "Problem";
  readonly id: ErrorId;
  readonly subject: string;
  readonly what: string;
  readonly remedy: string | undefined;
  readonly exitCode: number;
  readonly places: readonly Place[];

  constructor(id: ErrorId, subject: string, what: string, options: ProblemOptions = {}) {
    const { remedy, cause } = options;
    const sentences = [`${subject}: ${what.replace(/\.$/, "")}.`, ...(remedy === undefined ? [] : [remedy])];
    super(`${sentences.join(" ")} [${id}]`, { cause });
    this.id = id;
    this.subject = subject;
    this.what = what;
    this.remedy = remedy;
    this.exitCode = options.exitCode ?? errors[id].exitCode;
    this.places = options.places ?? [];
  }
}
