import { readFileSync } from "node:fs";
import { type Step, step } from "@k3s-lab/steps";
import { names } from "./names.js";
import type { Registry } from "./registry.js";
import type { Nodes } from "./world.js";

/** Milliseconds. A store of some hundred gigabytes is copied for long. */
const copyTimeout = 60 * 60_000;

/** The images of a registry that was the only server's own, in the folder that all servers share. */
export function shareImagesStep({ node, store }: Registry, nodes: Pick<Nodes, "exec" | "timeoutFactor">): Step {
  const script = readFileSync(new URL("../shell/share-images.sh", import.meta.url), "utf8");
  const argv = (how: "see" | "copy") => ["sh", "-c", script, "share-images.sh", how, names.store, store];
  return step<boolean>({
    id: "share-registry-images",
    title: "Share the registry's images",
    observe: async ({ signal }) => {
      const asked = nodes.exec(node, argv("see"), { signal, answers: "any" });
      // A server whose machine is gone, or still to be made, has none of its own.
      const { stdout } = await asked.catch(() => (signal.throwIfAborted(), { stdout: "" }));
      return stdout.includes("own");
    },
    plan: (hasOwn) =>
      hasOwn
        ? [
            {
              on: node,
              kind: "change",
              sentence: `${node}: copy the registry's images to the folder that all servers share`,
              run: async ({ signal }) => {
                await nodes.exec(node, argv("copy"), { signal, timeout: copyTimeout * nodes.timeoutFactor });
              },
            },
          ]
        : [],
  });
}
