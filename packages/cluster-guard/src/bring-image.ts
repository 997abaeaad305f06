import { CommandFailed, run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { complaintOf, copyArgs, programs, progressOf } from "@k3s-lab/images/skopeo";
import { type Step, step } from "@k3s-lab/steps";
import { lookAt } from "./await-nodes.js";
import type { ClusterApi } from "./cluster-api.js";
import type { Delivery } from "./delivery.js";
import { loaderOf } from "./distribution.js";
import { buildImage, type BuildOptions } from "./image.js";
import type { NodeState } from "./node-state.js";

const timeout = 15 * 60_000;

export interface Bringing {
  readonly api: ClusterApi;
  readonly delivery: Delivery;
  readonly architectures: readonly string[];
  /** Of the pods that run the image. */
  readonly revision: string | undefined;
  /** The registry speaks plain HTTP. */
  readonly plainHttp: boolean;
  /** Replaced by tests. */
  readonly build?: typeof buildImage;
}

/** Where every node's pod runs it, the image is there. What a loader says is otherwise all there is to see. */
export function bringImageStep(bringing: Bringing): Step {
  const { api, delivery, architectures, revision, plainHttp, build = buildImage } = bringing;
  let brought = false;
  return step<readonly NodeState[]>({
    id: "bring-the-image",
    title: "Bring the image",
    observe: () => lookAt(api, revision),
    plan(states) {
      const isThere = brought || states.every(({ isReady, hasImage }) => hasImage || !isReady);
      if (isThere || delivery.by === "person") return [];
      return [
        {
          sentence: delivery.by === "push" ? `push ${delivery.reference}` : loadSentence(delivery.distribution),
          async run({ signal, progress }) {
            const archive = await build({ architectures, signal, progress });
            if (delivery.by === "push") {
              const everyArchitecture = architectures.length > 1;
              await push(archive, delivery.reference, { everyArchitecture, plainHttp, progress, signal });
            } else await load(archive, delivery, signal);
            brought = true;
          },
        },
      ];
    },
  });
}

function loadSentence({ kind, cluster }: Extract<Delivery, { by: "load" }>["distribution"]): string {
  return `load the guard's image onto the nodes of ${kind}'s cluster ${cluster}`;
}

async function load(archive: string, { distribution }: Extract<Delivery, { by: "load" }>, signal: AbortSignal) {
  const loader = loaderOf(distribution, archive);
  if (loader !== undefined) await run(loader.program, loader.args, { timeout, signal });
}

interface Pushing extends Pick<BuildOptions, "progress" | "signal"> {
  readonly everyArchitecture: boolean;
  readonly plainHttp: boolean;
}

async function push(archive: string, reference: string, options: Pushing): Promise<void> {
  const { everyArchitecture, plainHttp: plainDestination, progress, signal } = options;
  await ensurePrograms(programs, { install: "auto", note: progress });
  const copy = { source: `oci-archive:${archive}`, destination: `docker://${reference}` };
  const onLine = (line: string) => {
    const message = progressOf(line);
    if (message !== undefined) progress(message);
  };
  try {
    const args = copyArgs({ ...copy, everyArchitecture, plainDestination });
    await run("skopeo", args, { timeout, onLine, signal });
  } catch (cause) {
    if (!(cause instanceof CommandFailed) || cause.exit === undefined) throw cause;
    throw new Problem("LAB-GRD-005", reference, `could not be pushed: ${complaintOf(cause.stderr)}`, {
      cause,
      remedy: "A private registry wants `skopeo login` first, one without TLS --plain-http.",
    });
  }
}
