import type { ExplanationsOf } from "./explanation.js";

export const maps: ExplanationsOf<"MAP"> = {
  "LAB-MAP-001": {
    cause:
      "The file that `--out` or `--svg` names cannot be written: its folder does not exist, it is a folder, or it may not be changed by this user.",
    remedy: "Make the folder, or name another file. Nothing was written.",
    example: "/srv/pages: is no folder, expected the one to write into. Make it, or name another. [LAB-MAP-001]",
  },
};
