import type { ExplanationsOf } from "./explanation.js";

export const kubernetes: ExplanationsOf<"KUB"> = {
  "LAB-KUB-001": {
    cause: "The cluster's API answered with an error: the message holds its status and its own words.",
    remedy:
      "401 and 403: the kubeconfig is from a former lab, and `npm run lab:up` writes it again. For anything else, the API's words say what is wrong.",
    example: "https://10.76.0.2:6443: GET /api/v1/nodes: HTTP 401: Unauthorized. [LAB-KUB-001]",
  },
  "LAB-KUB-002": {
    cause: "Nothing answers at the API's address, the connection was cut, or a proxy is in the way.",
    remedy: "Check that the lab runs (`npm run lab:status`) and that no VPN hides its network (`npm run doctor`).",
    example: "https://10.76.0.2:6443: cannot be reached: connect EHOSTUNREACH 10.76.0.2:6443. [LAB-KUB-002]",
  },
  "LAB-KUB-003": {
    cause: "`.lab/kubeconfig` was edited or cut off: it lacks a server, its CA or a client certificate.",
    remedy: "Run `npm run lab:up`, which writes it again.",
    example:
      "/home/user/.lab/kubeconfig: is not a kubeconfig of K3s, expected a server, its CA and a client certificate. Run `npm run lab:up`, which writes it again. [LAB-KUB-003]",
  },
  "LAB-KUB-004": {
    cause:
      "A file that KUBECONFIG names, or ~/.kube/config, is no kubeconfig, is not UTF-8, or is written in a way that cannot be changed without rewriting all of it.",
    remedy:
      "Correct the file, or name another one with KUBECONFIG. `npm run -s kubeconfig -- --print` prints the lab's own, which can be added to KUBECONFIG.",
    example:
      "/home/user/.kube/config: is no kubeconfig: expected a mapping at the top. Correct it, or name another file with KUBECONFIG. [LAB-KUB-004]",
  },
  "LAB-KUB-005": {
    cause: "The kubeconfig that the lab is merged into may not be written by this user, or its disk is full.",
    remedy: "Make it writable, or name another file with KUBECONFIG.",
    example:
      "/home/user/.kube/config: may not be written by this user, or is read-only. Make it writable, or name another file with KUBECONFIG. [LAB-KUB-005]",
  },
  "LAB-KUB-006": {
    cause:
      "kubectl or another program holds its lock, a file beside the kubeconfig, or has left it there when it was killed.",
    remedy: "Run the command again; where no such program runs, remove the file that the message names.",
    example:
      "/home/user/.kube/config: is being changed by another program, whose /home/user/.kube/config.lock exists. Run the command again; if no such program runs, remove /home/user/.kube/config.lock. [LAB-KUB-006]",
  },
};
