import { existsSync } from "node:fs";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { requireRoot } from "../require-root.js";
import { rootfsPath } from "../rootfs/path.js";

/** What machines are made on: each keeps the root file system of its day. */
export function rootfsStep(): Step {
  return step<boolean>({
    id: "build-root-file-system",
    title: "Build root file system",
    observe: async () => existsSync(rootfsPath()),
    plan: (isThere): readonly Action[] =>
      isThere
        ? []
        : [
            {
              on: "host",
              kind: "make",
              sentence: "host: build the machines' root file system (once)",
              run: async (context) => {
                requireRoot("lab:fetch");
                const { buildRootfs } = await import("../rootfs/build-rootfs.js");
                await buildRootfs(context);
              },
            },
          ],
  });
}
