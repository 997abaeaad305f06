import type { Part, Survey } from "./survey/survey.js";

export type Severity = "error" | "warning" | "info";

/** The stages of the chain that doctor looks at, and whose steps `doctor --fix` takes again. */
export type StageName = "host-network" | "machines" | "cluster" | "registry";

/** What can be wrong with a lab or its host, apart from how it is found. */
export interface RuleData {
  /** "R6": stable, for scripts. */
  readonly id: string;
  /** What is wrong. */
  readonly title: string;
  readonly severity: Severity;
  /** What to do, as a sentence. */
  readonly remedy: string;
  /** Where it is explained: a file of this project and a heading. */
  readonly link: string;
  /** The stage whose repairs put it right; absent where a person must decide. */
  readonly repair?: StageName;
}

/** A rule that is checked against a survey: data, except for one pure function. */
export interface Rule extends RuleData {
  /** What it leads to, as a sentence. */
  readonly why: string;
  /** The parts of a survey without which it cannot be checked. */
  readonly reads: readonly Part[];
  /** Called only where every part that it reads was seen. */
  check(survey: Survey): readonly Finding[];
}

/** One thing that is not as it should be. */
export interface Finding {
  /** A node, a file, a link of the host, or "host". */
  readonly subject: string;
  readonly expected: string;
  readonly seen: string;
  /** What `lab:up` would do about it, as its plan puts it. */
  readonly planned?: readonly string[];
  /** Takes the place of the rule's own remedy. */
  readonly remedy?: string | undefined;
}

/** A finding with the rule that made it. */
export interface Diagnosed extends Finding {
  readonly rule: RuleData;
}

type Seen<Reads extends Part> = Survey & { readonly [Name in Reads]-?: NonNullable<Survey[Name]> };

interface RuleDefinition<Reads extends Part> extends Omit<Rule, "reads" | "check"> {
  readonly reads: readonly Reads[];
  check(survey: Seen<Reads>): readonly Finding[];
}

/** Lets a check rely on the parts that its rule declares to read. */
export function rule<const Reads extends Part = never>(definition: RuleDefinition<Reads>): Rule {
  return definition as unknown as Rule;
}
