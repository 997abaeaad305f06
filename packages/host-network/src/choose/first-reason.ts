/** A reason, and whether it applies. */
export type Reason = readonly [applies: boolean, reason: string | undefined];

/** Returns the first of the reasons that applies, if any. */
export function firstReason(reasons: readonly Reason[]): string | undefined {
  return reasons.find(([applies]) => applies)?.[1];
}
