import type { Action } from "./step.js";

/** Returns what an action does, without what it is about, where its sentence begins with that: "start". */
export function deedOf({ sentence, on }: Pick<Action, "sentence" | "on">): string {
  return sentence.startsWith(`${on}: `) ? sentence.slice(on.length + 2) : sentence;
}
