import type { Part, Survey } from "./survey/survey.js";

export type Severity = "error" | "warning" | "info";

/** What `doctor --fix` runs again: steps of lab:up, on what is there. */
export type Mend = "host" | "nodes" | "guards" | "hosts";

/** What is not as it should be. */
export interface Finding {
  /** A node, a file, a link of the host, or "host". */
  readonly subject: string;
  readonly expected: string;
  readonly seen: string;
}

/** Something that may be wrong with a lab or its host: data, but for one pure function. */
export interface Rule {
  /** "R6": stable, for scripts. */
  readonly id: string;
  /** What is wrong. */
  readonly title: string;
  readonly severity: Severity;
  /** What comes of it, as a sentence. */
  readonly why: string;
  /** What to do, as a sentence. */
  readonly remedy: string;
  /** Where it is explained: a file of this project and a heading. */
  readonly link: string;
  /** Absent where a person must decide. */
  readonly mend?: Mend;
  /** The parts of a survey without which it cannot be checked. */
  readonly reads: readonly Part[];
  /** Called only where all that it reads is there. */
  check(survey: Survey): readonly Finding[];
}

type Seen<Reads extends Part> = Survey & { readonly [Name in Reads]-?: NonNullable<Survey[Name]> };

interface RuleDefinition<Reads extends Part> extends Omit<Rule, "reads" | "check"> {
  readonly reads: readonly Reads[];
  check(survey: Seen<Reads>): readonly Finding[];
}

/** Lets a check rely on what its rule says that it reads. */
export function rule<const Reads extends Part = never>(definition: RuleDefinition<Reads>): Rule {
  return definition as unknown as Rule;
}
