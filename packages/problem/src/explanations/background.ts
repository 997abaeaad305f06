import type { ExplanationsOf } from "./explanation.js";

export const background: ExplanationsOf<"DEV"> = {
  "LAB-DEV-001": {
    cause:
      "A test has started a server in the background, and it has not printed that it is ready. The machine may be busy.",
    remedy: "Run the test again with nothing beside it. Only those who develop k3s-lab meet this.",
    example: "dockerd: did not print /API listen/ within 30000 ms. [LAB-DEV-001]",
  },
  "LAB-DEV-002": {
    cause: "A test has started a server in the background, and it has ended at once: its last lines tell why.",
    remedy: "Fix what the lines name. Only those who develop k3s-lab meet this.",
    example:
      "dnsmasq: ended before it was ready: failed to create listening socket: Address already in use. [LAB-DEV-002]",
  },
};
