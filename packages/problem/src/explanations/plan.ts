import type { ExplanationsOf } from "./explanation.js";

export const plan: ExplanationsOf<"PLN"> = {
  "LAB-PLN-001": {
    cause:
      "lab.yaml no longer names a machine, or names another driver or box. What is on such a machine cannot be made again, and there was no terminal on which `lab:up` could ask.",
    remedy:
      "Look at `npm run lab:plan`. If you accept the loss, run `npm run lab:up` on a terminal and answer its question, or run `npm run lab:up -- --yes`; else correct lab.yaml.",
    example:
      "npm run lab:up: would destroy agent2 and all that is on it, and there is no terminal to ask on. Nothing was touched. `npm run lab:plan` shows what is to be done; `npm run lab:up -- --yes` does it. [LAB-PLN-001]",
  },
};
