import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Nodes } from "../node/nodes.js";
import { labPaths } from "../paths.js";
import { makeSecrets, readSecrets, secretsRecord } from "../secrets.js";

interface Seen {
  readonly isMade: boolean;
  /** A server that has passwords of which the lab's folder knows nothing, because its record was lost. */
  readonly server: string | undefined;
}

const tokenFiles = [labPaths.token, labPaths.agentToken] as const;

/** The passwords of the tokens, before anything is started with them. */
export function makeTokensStep(lab: Lab, nodes: Nodes): Step {
  return step<Seen>({
    id: "make-tokens",
    title: "Make tokens",
    observe: async (facts) => {
      if (readSecrets(lab) !== undefined) return { isMade: true, server: undefined };
      // All at once, because the next step looks at all of them.
      const all = await nodes.seeAll(facts);
      const hasFiles = (name: string) => tokenFiles.every((path) => all.get(name)?.files.has(path));
      return { isMade: false, server: nodes.servers.find(hasFiles) };
    },
    plan: ({ isMade, server }) => {
      if (isMade) return [];
      if (server === undefined) {
        const sentence = "make the passwords of the cluster's tokens";
        return [{ on: "cluster", kind: "make", sentence, keepsFacts: true, run: async () => makeSecrets(lab) }];
      }
      return [
        {
          // K3s has encrypted its own secrets by this password, and would not start with another one.
          on: server,
          kind: "change",
          sentence: `${server}: take over the passwords of the cluster's tokens`,
          run: async ({ signal }) => {
            const { stdout } = await nodes.driver.exec(server, ["cat", ...tokenFiles], { signal });
            const [serverPassword = "", agentPassword = ""] = stdout.split("\n");
            lab.state.write(secretsRecord, { serverPassword, agentPassword });
          },
        },
      ];
    },
  });
}
