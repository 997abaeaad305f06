import { run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { programs, push } from "@k3s-lab/images/skopeo";
import { type Step, step } from "@k3s-lab/steps";
import type { ClusterApi } from "./cluster-api.js";
import type { Delivery } from "./delivery.js";
import type { Loader } from "./distribution.js";
import { buildImage } from "./image.js";
import { type NodeState, seeNodes } from "./node-state.js";

const timeout = 15 * 60_000;

export interface Bringing {
  readonly api: ClusterApi;
  readonly delivery: Delivery;
  readonly architectures: readonly string[];
  /** Of the pods that run the image. */
  readonly revision: string | undefined;
  /** The registry speaks plain HTTP. */
  readonly plainHttp?: boolean | undefined;
  /** Replaced by tests. */
  readonly build?: typeof buildImage;
}

/** The image must be where the nodes get it from. Only a pod that runs it shows whether it is: a loader tells nothing. */
export function bringImageStep(bringing: Bringing): Step {
  const { api, delivery, architectures, revision, plainHttp, build = buildImage } = bringing;
  return step<readonly NodeState[]>({
    id: "bring-the-image",
    title: "Bring the image",
    observe: (facts) => seeNodes(api, revision, facts),
    plan(states) {
      const isPresent = states.every(({ isReady, hasImage }) => hasImage || !isReady);
      if (isPresent || delivery.by === "user") return [];
      return [
        {
          on: "cluster",
          kind: "make",
          sentence:
            delivery.by === "push"
              ? `push ${delivery.reference}`
              : `load the guard's image onto ${delivery.loader.onto}`,
          unobservable: true,
          async run({ signal, progress }) {
            const archive = await build({ architectures, signal, progress });
            if (delivery.by === "load") return load(archive, delivery.loader, signal);
            await ensurePrograms(programs, { install: "auto", note: progress });
            await push({
              source: `oci-archive:${archive}`,
              destination: `docker://${delivery.reference}`,
              flags: [
                ...(architectures.length > 1 ? ["--multi-arch=all"] : []),
                ...(plainHttp ? ["--dest-tls-verify=false"] : []),
              ],
              subject: delivery.reference,
              remedy: "A private registry requires `skopeo login` first, one without TLS --plain-http.",
              timeout,
              progress,
              signal,
            });
          },
        },
      ];
    },
  });
}

async function load(archive: string, { program, load: words, flags }: Loader, signal: AbortSignal): Promise<void> {
  await run(program, [...words, archive, ...flags], { timeout, signal });
}
