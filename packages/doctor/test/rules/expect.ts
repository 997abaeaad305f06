import * as assert from "uvu/assert";
import { examine } from "../../src/examine.js";
import { rules } from "../../src/rules/index.js";
import type { Survey } from "../../src/survey/survey.js";

/** Which rules find something, and about what: "R8 agent1". */
export function found(survey: Survey): readonly string[] {
  return examine(survey, rules).findings.map(({ rule, subject }) => `${rule.id} ${subject}`);
}

/** What a rule has seen. */
export function seenBy(survey: Survey, id: string): readonly string[] {
  return examine(survey, rules).findings.flatMap(({ rule, seen }) => (rule.id === id ? [seen] : []));
}

/** These rules, and no others, find something. */
export function finds(survey: Survey, expected: readonly string[]): void {
  assert.equal(found(survey).toSorted(), expected.toSorted());
}
