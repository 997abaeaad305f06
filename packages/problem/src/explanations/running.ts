import type { ExplanationsOf } from "./explanation.js";

export const running: ExplanationsOf<"RUN"> = {
  "LAB-RUN-001": {
    cause:
      "A program that k3s-lab runs is missing, ended with an error, or took too long. Its arguments are not shown, since they may be confidential; its last lines are.",
    remedy:
      "Read the lines. `--verbose` shows which commands were run, and `npm run report` collects what a maintainer needs.",
    example: "ip: ended with exit code 2:\nRTNETLINK answers: Operation not permitted. [LAB-RUN-001]",
  },
  "LAB-RUN-002": {
    cause:
      "All actions of a step were carried out without an error, but the result is not as it should be: another program has undone them, or changes the same thing.",
    remedy:
      "Run the command again; `npm run lab:plan` shows what is missing. Look for what else manages it, such as firewalld, NetworkManager or a configuration tool.",
    example:
      "Guard host: was carried out, but this is still to be done: host: load nftables table k3s_lab_1a2b3c_guard. Run the command again; `npm run lab:plan` shows what is missing. [LAB-RUN-002]",
  },
  "LAB-RUN-003": {
    cause: "A stage was started by hand under a name that the chain does not have.",
    remedy: "Name one of those that the message lists; `npm run lab:up` starts them all.",
    example: "lamps: is no stage, expected one of host-network, machines, cluster, registry. [LAB-RUN-003]",
  },
};
