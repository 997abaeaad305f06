import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { makeSecrets, readSecrets } from "../secrets.js";

/** The passwords of the tokens, before anything is started with them. */
export function makeTokensStep(lab: Lab): Step {
  return step<boolean>({
    title: "Make tokens",
    observe: async () => readSecrets(lab) !== undefined,
    plan: (there) =>
      there ? [] : [{ sentence: "make the passwords of the cluster's tokens", run: async () => makeSecrets(lab) }],
  });
}
