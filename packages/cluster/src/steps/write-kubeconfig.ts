import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { formatKubeconfig, parseKubeconfig } from "@k3s-lab/kube";
import type { Nodes } from "../node/nodes.js";

interface Seen {
  readonly isRight: boolean;
  readonly wanted: string | undefined;
}

/** A kubeconfig for the host: K3s' own, whose server is the node itself, with the node's address on the LAN. */
export function writeKubeconfigStep(
  lab: Lab,
  nodes: Nodes,
  server: { readonly node: string; readonly url: string },
): Step {
  const path = lab.state.path("kubeconfig");
  return step<Seen>({
    id: "write-kubeconfig",
    title: "Write kubeconfig",
    observe: async (facts) => {
      const { kubeconfig = "" } = await nodes.see(server.node, facts);
      const parsed = parseKubeconfig(kubeconfig);
      const wanted = parsed && formatKubeconfig(lab.config.name, { ...parsed, server: server.url });
      return { wanted, isRight: wanted !== undefined && (await isPrivate(path, wanted)) };
    },
    plan: ({ isRight, wanted }) =>
      isRight
        ? []
        : [
            {
              sentence: `write ${path}`,
              run: async () => {
                if (wanted === undefined) return;
                // One with the same content and other permissions would be left alone.
                lab.state.remove("kubeconfig");
                lab.state.writeText("kubeconfig", wanted);
              },
            },
          ],
  });
}

async function isPrivate(path: string, wanted: string): Promise<boolean> {
  try {
    return (statSync(path).mode & 0o777) === 0o600 && (await readFile(path, "utf8")) === wanted;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
