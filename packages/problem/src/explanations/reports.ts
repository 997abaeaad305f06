import type { ExplanationsOf } from "./explanation.js";

export const reports: ExplanationsOf<"RPT"> = {
  "LAB-RPT-001": {
    cause: "`--out` names a file that exists. A report never replaces anything.",
    remedy: "Name another file, or remove the one that is there.",
    example:
      "/home/user/report.tar.gz: exists already, and is not replaced. Name another file with --out. [LAB-RPT-001]",
  },
  "LAB-RPT-002": {
    cause: "The report is to be written where there is no such folder.",
    remedy: "Make the folder, or name a file in one that exists: `--out /tmp/report.tar.gz`.",
    example:
      "/home/user/reports/one.tar.gz: cannot be written, since /home/user/reports is no folder. Name a file in a folder that exists with --out. [LAB-RPT-002]",
  },
};
