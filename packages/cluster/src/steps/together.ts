import { type Step, step } from "@k3s-lab/steps";

/** Steps that need not wait for each other as one of them: what they look at is looked at once before and once after. */
export function together(title: string, steps: readonly Step[]): Step {
  return step<readonly unknown[]>({
    title,
    parallel: true,
    observe: (signal) => Promise.all(steps.map((each) => each.observe(signal))),
    plan: (seen) => steps.flatMap((each, index) => each.plan(seen[index])),
  });
}
