import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";

/** Steps that need not wait for each other as one of them: what they look at is looked at once before and once after. */
export function together(id: string, title: string, steps: readonly Step[]): Step {
  return step<readonly unknown[]>({
    id,
    title,
    parallel: true,
    observe: (facts) => Promise.all(steps.map((each) => each.observe(facts))),
    plan: (seen) => {
      const plans = steps.map((each, index) => each.plan(seen[index]));
      return (
        plans.find((plan) => plan instanceof Problem) ?? plans.flatMap((plan) => (plan instanceof Problem ? [] : plan))
      );
    },
  });
}
