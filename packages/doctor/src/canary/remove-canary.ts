import { run } from "@k3s-lab/exec";
import { type Step, step } from "@k3s-lab/steps";
import { isLeftScript, removeLeftScript } from "./holder-script.js";
import type { CanaryHost } from "./stand.js";

/** Steps of lab:down. A canary that is at work is another doctor's, and is left alone. */
export function removeCanary(host: CanaryHost = { run }): readonly Step[] {
  return [
    step({
      id: "remove-canary",
      title: "Remove canary",
      async observe({ signal }) {
        // Nobody else can have left one.
        if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
        return (await host.run("sh", ["-c", isLeftScript], { signal, answers: "any" })).exitCode === 0;
      },
      plan: (isLeft) =>
        isLeft
          ? [
              {
                sentence: "host: remove the canary of a doctor that was killed",
                run: async ({ signal }) => void (await host.run("sh", ["-c", removeLeftScript], { signal })),
              },
            ]
          : [],
    }),
  ];
}
