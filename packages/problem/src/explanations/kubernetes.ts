import type { ExplanationsOf } from "./explanation.js";

export const kubernetes: ExplanationsOf<"KUB"> = {
  "LAB-KUB-001": {
    cause: "The cluster's API answered with an error: the message holds its status and its own words.",
    remedy:
      "401 and 403: the kubeconfig is of a former lab, `npm run lab:up` writes it again. Anything else is told by the words.",
    example: "https://10.76.0.2:6443: GET /api/v1/nodes: HTTP 401: Unauthorized. [LAB-KUB-001]",
  },
  "LAB-KUB-002": {
    cause: "Nothing answers at the API's address, the connection was cut, or a proxy is between.",
    remedy: "Check that the lab runs (`npm run lab:status`) and that no VPN hides its network (`npm run doctor`).",
    example: "https://10.76.0.2:6443: cannot be reached: connect EHOSTUNREACH 10.76.0.2:6443. [LAB-KUB-002]",
  },
  "LAB-KUB-003": {
    cause: "`.lab/kubeconfig` was edited or cut off: it lacks a server, its CA or a client certificate.",
    remedy: "Run `npm run lab:up`, which writes it again.",
    example:
      "/home/user/.lab/kubeconfig: is not a kubeconfig of K3s, expected a server, its CA and a client certificate. Run `npm run lab:up`, which writes it again. [LAB-KUB-003]",
  },
};
