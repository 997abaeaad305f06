import { announceSections, askAlong, NotRunning, type Section } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { type Facts, type Step, step, until, type Work } from "@k3s-lab/steps";
import type { CheckImage } from "./check-image.js";
import { blobsOnNode, k3sOnNode } from "./names.js";
import type { Registry } from "./registry.js";
import { putImage, tagAt } from "./registry-api.js";
import { onceLed } from "./serve.js";
import type { Nodes } from "./world.js";

export interface PushCheck {
  readonly image: CheckImage;
  readonly nodes: Pick<Nodes, "timeoutFactor">;
  /** Whether the registry serves. Before it does, its address may be another machine's, or lead beyond the uplink. */
  isServing(facts: Facts): Promise<boolean>;
  /** On what it depends whether a registry that does not serve yet lacks the image. */
  proviso(facts: Facts): Promise<string>;
}

/** Proves the way from the host to the registry, which every push takes. */
export function pushCheckStep(registry: Registry, { image, nodes, isServing, proviso }: PushCheck): Step {
  const target = `${image.repository}:${image.tag}`;
  return step<{ readonly done: boolean; readonly provided?: string }>({
    id: "push-the-check-image",
    title: "Push the check image",
    observe: async (facts) => {
      const { signal } = facts;
      // One that served a moment ago may be silent now: no answer is not yet a missing image.
      const look = async () => {
        const seen = await tagAt(registry.access, image.repository, image.tag, signal);
        return seen === undefined ? { reason: "does not answer" } : { value: seen };
      };
      const tag = (await isServing(facts)) ? await onceLed(nodes, signal, look) : undefined;
      return tag === undefined
        ? { done: false, provided: await proviso(facts) }
        : { done: tag.digest === image.digest };
    },
    plan: ({ done, provided }) =>
      done
        ? []
        : [
            {
              on: "registry",
              kind: "check",
              sentence: `host: push ${registry.name}/${target}`,
              provided,
              run: (context) => pushCheckImage(registry, image, context),
            },
          ],
  });
}

async function pushCheckImage(
  registry: Registry,
  { image, repository, tag, digest }: CheckImage,
  { signal }: Work,
): Promise<void> {
  const { access, name } = registry;
  await putImage(image, { access, repository, tag, signal });
  const seen = await tagAt(access, repository, tag, signal);
  if (seen?.digest === digest) return;
  throw new Problem("LAB-REG-001", name, `has the check image as ${seen?.digest ?? "nothing"}, expected ${digest}`);
}

/**
 * Proves the way from the registry to every node, through the CRI: `ctr` would ignore registries.yaml. A node that has
 * pulled the image shows it in containerd's store, where each blob's name is its sum: a crictl on every node would be a
 * process of 150 MB.
 */
export function pullCheckStep(
  registry: Registry,
  image: CheckImage,
  nodes: Pick<Nodes, "exec" | "timeoutFactor">,
  nodeNames: readonly string[],
): Step {
  const reference = `${registry.name}/${image.repository}:${image.tag}`;
  const files = [image.digest, image.config].map((digest) => `${blobsOnNode}/${digest.replace(":", "/")}`);
  const sections = { files: seeFiles(files) };
  const asker = "the check image";
  const lacks = async (node: string, facts: Facts) => {
    const options = { signal: facts.signal, timeout: 20_000 };
    try {
      return (await askAlong(facts, nodes, { machine: node, asker, sections, options })).files === true
        ? []
        : [{ node }];
    } catch (error) {
      const standsStill = error instanceof NotRunning && error.state === "stopped";
      return [{ node, ...(standsStill && { provided: "if the node does not have it yet" }) }];
    }
  };
  return step<readonly { readonly node: string; readonly provided?: string }[]>({
    id: "pull-the-check-image-on-every-node",
    title: "Pull the check image on every node",
    parallel: true,
    announce: (facts) => {
      for (const node of nodeNames) announceSections(facts, node, asker, sections);
    },
    observe: async (facts) => (await Promise.all(nodeNames.map((node) => lacks(node, facts)))).flat(),
    plan: (lacking) =>
      lacking.map(({ node, ...proviso }) => ({
        on: node,
        ...proviso,
        kind: "check",
        sentence: `${node}: pull ${reference}`,
        run: async ({ signal }) => {
          await pull(nodes, node, reference, signal).catch((cause: unknown) => {
            signal.throwIfAborted();
            const what = cause instanceof Problem ? cause.what : String(cause);
            throw new Problem(
              "LAB-REG-002",
              node,
              `could not pull ${reference} from ${registry.nodesEndpoint}: ${what}`,
              {
                remedy: "Look into /var/lib/rancher/k3s/agent/containerd/containerd.log there.",
                cause,
              },
            );
          });
        },
      })),
  });
}

/** Tells whether a node has all of these files. */
function seeFiles(paths: readonly string[]): Section<boolean> {
  return {
    file: new URL("../shell/see-files.sh", import.meta.url),
    args: paths,
    parse: (output) => output.trim() === "all",
  };
}

/** Milliseconds that a node may take to learn of the Service, and between two attempts. */
const serviceSpread = { within: 20_000, every: 250 };

/** Pulls, and retries where the node's own rules do not lead to the registry yet: kube-proxy sets them in its own time. */
async function pull(
  nodes: Pick<Nodes, "exec" | "timeoutFactor">,
  node: string,
  reference: string,
  signal: AbortSignal,
): Promise<void> {
  let last: unknown;
  await until({
    every: serviceSpread.every,
    within: serviceSpread.within * nodes.timeoutFactor,
    signal,
    look: async () => {
      try {
        return { value: await nodes.exec(node, [k3sOnNode, "crictl", "pull", reference], { signal }) };
      } catch (error) {
        // That no route led to the registry, crictl tells in nothing but Go's text of the error.
        const isUnreached = /connection refused|no route to host|i\/o timeout/.test(String(error));
        if (signal.aborted || !isUnreached) throw error;
        last = error;
        return { reason: "is not reached" };
      }
    },
    late: () => last,
  });
}
