import * as assert from "uvu/assert";
import { examine } from "../../src/examine.js";
import { rules } from "../../src/rules/index.js";
import type { Survey } from "../../src/survey/survey.js";

/** Returns which rules find something, and about what: "R8 agent1". */
export function found(survey: Survey): readonly string[] {
  return examine(survey, rules).findings.map(({ rule, subject }) => `${rule.id} ${subject}`);
}

/** Returns what a rule has seen. */
export function seenBy(survey: Survey, id: string): readonly string[] {
  return examine(survey, rules).findings.flatMap(({ rule, seen }) => (rule.id === id ? [seen] : []));
}

/** Asserts that these rules, and no others, find something. */
export function finds(survey: Survey, expected: readonly string[]): void {
  assert.equal(found(survey).toSorted(), expected.toSorted());
}
