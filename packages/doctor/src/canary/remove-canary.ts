import { run } from "@k3s-lab/exec";
import { type Step, step } from "@k3s-lab/steps";
import { canaryArgs } from "./shell.js";
import type { CanaryHost } from "./set-up-canary.js";

/** Returns the steps with which `lab:down` removes a canary. One that is at work is another doctor's, and is left alone. */
export function removeCanary(host: CanaryHost = { run }): readonly Step[] {
  return [
    step({
      id: "remove-canary",
      title: "Remove canary",
      async observe({ signal }) {
        // No other user can have left one.
        if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
        return (await host.run("sh", canaryArgs("is-left"), { signal, answers: "any" })).exitCode === 0;
      },
      plan: (isLeft) =>
        isLeft
          ? [
              {
                on: "host",
                kind: "remove",
                sentence: "host: remove the canary of a doctor that was killed",
                run: async ({ signal }) => void (await host.run("sh", canaryArgs("remove-left"), { signal })),
              },
            ]
          : [],
    }),
  ];
}
