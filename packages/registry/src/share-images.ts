import { readFileSync } from "node:fs";
import { announceSections, askAlong, type Section } from "@k3s-lab/machines";
import { type Step, step } from "@k3s-lab/steps";
import { names } from "./names.js";
import type { Registry } from "./registry.js";
import type { Nodes } from "./world.js";

/** Milliseconds. A store of some hundred gigabytes is copied for long. */
const copyTimeout = 60 * 60_000;

type Sections = Readonly<{ own: Section<boolean> }>;

/** The images of a registry that was the only server's own, in the folder that all servers share. */
export function shareImagesStep({ node, store }: Registry, nodes: Pick<Nodes, "exec" | "timeoutFactor">): Step {
  const file = new URL("../shell/share-images.sh", import.meta.url);
  const sections: Sections = {
    own: { file, args: ["see", names.store, store], parse: (output) => output.includes("own") },
  };
  const asker = "the registry's own images";
  return step<boolean>({
    id: "share-registry-images",
    title: "Share the registry's images",
    announce: (facts) => announceSections(facts, node, asker, sections),
    observe: async (facts) => {
      const { signal } = facts;
      const asked = askAlong(facts, nodes, { machine: node, asker, sections, options: { signal } });
      // A server whose machine is gone, or still to be made, has none of its own.
      const { own } = await asked.catch(() => (signal.throwIfAborted(), { own: false }));
      return own === true;
    },
    plan: (hasOwn) =>
      hasOwn
        ? [
            {
              on: node,
              kind: "change",
              sentence: `${node}: copy the registry's images to the folder that all servers share`,
              run: async ({ signal }) => {
                const copy = ["sh", "-c", readFileSync(file, "utf8"), "share-images.sh", "copy", names.store, store];
                await nodes.exec(node, copy, { signal, timeout: copyTimeout * nodes.timeoutFactor });
              },
            },
          ]
        : [],
  });
}
