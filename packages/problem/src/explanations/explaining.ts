import type { ExplanationsOf } from "./explanation.js";

export const explaining: ExplanationsOf<"ERR"> = {
  "LAB-ERR-001": {
    cause: "No error has that id. It may be written wrongly, or belong to another version of k3s-lab.",
    remedy: "Use the id that the message offers; `npm run explain` lists all of them.",
    example:
      "npm run explain: there is no error LAB-NET-303, expected an id such as LAB-NET-003. Did you mean LAB-NET-003 (The LAN has no free address left for every node)? `npm run explain` lists them. [LAB-ERR-001]",
  },
};
