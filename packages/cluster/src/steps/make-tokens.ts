import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { labNodeFiles } from "../files.js";
import type { Nodes } from "../node/nodes.js";
import { makeSecrets, readSecrets, type Secrets, secretsRecord } from "../secrets.js";

interface Seen {
  readonly isMade: boolean;
  /** Whether a server runs with passwords of which this lab's folder knows nothing: somebody has removed the file. */
  readonly isOnServer: boolean;
}

/** The passwords of the tokens, before anything is started with them. */
export function makeTokensStep(lab: Lab, nodes: Nodes, server: string): Step {
  return step<Seen>({
    id: "make-tokens",
    title: "Make tokens",
    observe: async ({ signal }) => {
      if (readSecrets(lab) !== undefined) return { isMade: true, isOnServer: false };
      const { sums } = await nodes.see(server, signal);
      return { isMade: false, isOnServer: tokenFiles.every((path) => sums.has(path)) };
    },
    plan: ({ isMade, isOnServer }) => {
      if (isMade) return [];
      if (!isOnServer) {
        return [{ sentence: "make the passwords of the cluster's tokens", run: async () => makeSecrets(lab) }];
      }
      // K3s has encrypted its own secrets by this password, and would not start with another one.
      const sentence = `${server}: take over the passwords of the cluster's tokens`;
      return [
        { sentence, run: async ({ signal }) => lab.state.write(secretsRecord, await readFrom(nodes, server, signal)) },
      ];
    },
  });
}

const tokenFiles = [labNodeFiles.token, labNodeFiles.agentToken] as const;

async function readFrom({ driver }: Nodes, server: string, signal: AbortSignal): Promise<Secrets> {
  const { stdout } = await driver.exec(server, ["cat", ...tokenFiles], { signal });
  const [serverPassword = "", agentPassword = ""] = stdout.split("\n");
  return { serverPassword, agentPassword };
}
