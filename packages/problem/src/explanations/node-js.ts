import type { ExplanationsOf } from "./explanation.js";

export const nodeJs: ExplanationsOf<"NOD"> = {
  "LAB-NOD-001": {
    cause:
      "k3s-lab uses what Node.js has since 20.19, and an older one was found first on PATH. sudo often has a different PATH from yours.",
    remedy: 'Install Node.js 20.19 or later; under sudo keep your own PATH: `sudo env "PATH=$PATH" npm run lab:up`.',
    example:
      'Node.js: is v18.19.0, expected v20.19.0 or later. Install it from https://nodejs.org; under sudo keep your own: sudo env "PATH=$PATH" npm run lab:up [LAB-NOD-001]',
  },
  "LAB-NOD-002": {
    cause: "`npm ci` builds the commands, unless it was told `--ignore-scripts`, or the folder dist was removed.",
    remedy: "Run `npm run build`.",
    example: "k3s-lab: was not built. Run: npm run build [LAB-NOD-002]",
  },
};
