import type { ExplanationsOf } from "./explanation.js";

export const conformance: ExplanationsOf<"TST"> = {
  "LAB-TST-001": {
    cause:
      "The images of Kubernetes' own tests are made from Debian's packages, and these were not reached or lack a program.",
    remedy:
      "Check that the mirror can be reached, then run the command again. Only `npm run test:conformance` meets this.",
    example:
      "images of the tests: their Debian could not be made: mmdebstrap: ended with exit code 25. Check that deb.debian.org can be reached, then run the command again. [LAB-TST-001]",
  },
  "LAB-TST-002": {
    cause: "The tests ended before all specs had been run, or their expression matches none.",
    remedy:
      "Look at ginkgo.log and ginkgo.err in the folder that the message names; the next run goes on with the specs that have not passed.",
    example:
      "conformance: has no specs, expected its expression to match some. Look at ginkgo.log and ginkgo.err in /root/.cache/k3s-lab/conformance/runs/1a2b; the next run goes on with the specs that have not passed. [LAB-TST-002]",
  },
  "LAB-TST-003": {
    cause: "The cluster that Kubernetes' own tests are to be run against does not answer kubectl.",
    remedy: "Check it with `kubectl --kubeconfig FILE get nodes`.",
    example: "/home/user/.kube/config: kubectl get nodes: ended with exit code 1. [LAB-TST-003]",
  },
};
