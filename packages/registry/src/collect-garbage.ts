import { type Api, pathOf, type Pod } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { NotRunning, openDriver } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { type ActionContext, bytesText, type Step, step, until } from "@k3s-lab/steps";
import { podsOfRegistry } from "./cluster-objects.js";
import { renderCollector, renderRegistry } from "./manifest.js";
import { k3sOnNode, names } from "./names.js";
import { onOneOf } from "./on-one-of.js";
import type { Registry } from "./registry.js";
import { untilServing } from "./serve.js";
import { apiOf, type Nodes } from "./world.js";

/** Milliseconds. A store of some hundred gigabytes is walked for minutes. */
const timeouts = { answer: 10_000, look: 10 * 60_000, stop: 60_000, collect: 30 * 60_000 };
const lookEvery = 200;

/** What no tag of the registry leads to any more. */
export interface Garbage {
  readonly blobs: readonly string[];
  readonly manifests: number;
  readonly bytes: number;
}

export interface CollectingWorld {
  api(): Pick<Api, "find" | "list" | "apply" | "patch" | "create" | "delete" | "isReady">;
  readonly nodes: Pick<Nodes, "exec" | "timeoutFactor">;
}

/**
 * Removes from the registry's store what no tag leads to: images that were pushed again under the same name, and deleted ones. The
 * registry's own program does it, in a pod of its own while no registry runs: one that serves would lose what is pushed meanwhile,
 * and remember blobs that are gone. `freed` hears of the bytes.
 */
export function collectGarbageStep(
  lab: Lab,
  registry: Registry,
  freed: (bytes: number) => void,
  world: CollectingWorld = openCollectingWorld(lab),
): Step {
  const { image } = lab.config.registry;
  return step<Seen | Problem>({
    id: "collect-registry",
    title: "Collect the registry's garbage",
    observe: async ({ signal }) => {
      const obstacle = await missingServer(registry, world, signal);
      if (obstacle !== undefined) return obstacle;
      const program = await programOf(registry, world, signal);
      return { program, garbage: await lookForGarbage(registry, program, world, signal) };
    },
    plan: (seen) => {
      if (seen instanceof Problem) return seen;
      const { program, garbage } = seen;
      if (garbage.blobs.length + garbage.manifests === 0) return [];
      const what = `${garbage.blobs.length} blobs (${bytesText(garbage.bytes)}) that no tag leads to`;
      return [
        {
          on: "registry",
          kind: "remove",
          interrupts: "the registry",
          sentence: `registry: stop it for a moment, and remove ${what}`,
          run: async (context) => {
            await collect(image, registry, program, world, context);
            freed(garbage.bytes);
          },
        },
      ];
    },
  });
}

function openCollectingWorld(lab: Lab): CollectingWorld {
  const nodes = openDriver(lab);
  return { api: apiOf(lab, nodes), nodes };
}

/**
 * Finds a server, of several, that is not there. Nobody could stop its pod, which is still the registry as far as the cluster knows:
 * where it came back in the middle, it would serve what is being removed.
 */
async function missingServer(
  registry: Registry,
  { nodes }: CollectingWorld,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  if (registry.servers === undefined) return undefined;
  const options = { signal, timeout: timeouts.answer * nodes.timeoutFactor };
  const states = await Promise.all(
    registry.servers.map(async (node) => {
      try {
        await nodes.exec(node, [k3sOnNode, "kubectl", "get", "--raw", "/readyz"], options);
        return [];
      } catch (error) {
        signal.throwIfAborted();
        return [{ node, what: error instanceof NotRunning ? "its machine does not run" : "K3s does not answer there" }];
      }
    }),
  );
  const [missing] = states.flat();
  if (missing === undefined) return undefined;
  const { node, what } = missing;
  const why = `${what}, and garbage is collected only while every server's registry can be stopped; nothing was changed`;
  return new Problem("LAB-REG-017", node, why, {
    remedy: "Run `npm run lab:up`, which brings it back; then run `npm run gc` again.",
  });
}

interface Seen {
  readonly program: CollectorProgram;
  readonly garbage: Garbage;
}

/** How the registry's program is called to collect. */
export interface CollectorProgram {
  readonly flags: readonly string[];
  /** Its configuration in the image. */
  readonly config: string;
}

/**
 * Chooses by what `registry --version` prints: version 2 has its configuration elsewhere, and takes the platforms of an image
 * for untagged images, so there only what no manifest names is removed.
 */
export function collectorOf(version: string): CollectorProgram {
  const isOld = /\bv?2\.\d/.test(version) && !/\/v3\b/.test(version);
  return isOld
    ? { flags: [], config: "/etc/docker/registry/config.yml" }
    : { flags: ["--delete-untagged"], config: "/etc/distribution/config.yml" };
}

async function programOf(registry: Registry, world: CollectingWorld, signal: AbortSignal): Promise<CollectorProgram> {
  return collectorOf(await inRegistry(registry, ["--version"], world, signal));
}

async function lookForGarbage(
  registry: Registry,
  { flags, config }: CollectorProgram,
  world: CollectingWorld,
  signal: AbortSignal,
): Promise<Garbage> {
  const said = await inRegistry(registry, ["garbage-collect", "--dry-run", ...flags, config], world, signal);
  const { blobs, manifests } = parseGarbage(said);
  const sizes = await sizesOf(blobs, registry, world, signal);
  return { blobs, manifests, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Parses what a dry run of the registry's garbage collection prints. */
export function parseGarbage(said: string): Pick<Garbage, "blobs" | "manifests"> {
  const blobs = [...said.matchAll(/^blob eligible for deletion: (sha256:[0-9a-f]{64})$/gm)].map(([, id = ""]) => id);
  const manifests = Number(/(\d+) manifests eligible for deletion/.exec(said)?.[1] ?? 0);
  return { blobs, manifests };
}

/** Runs the registry's program beside the one that serves, in its container. */
async function inRegistry(
  registry: Registry,
  args: readonly string[],
  { nodes }: CollectingWorld,
  signal: AbortSignal,
): Promise<string> {
  const pod = ["--namespace", names.namespace, `deployment/${names.registry}`];
  const command = [k3sOnNode, "kubectl", "exec", ...pod, "--", names.program, ...args];
  const options = { signal, timeout: timeouts.look * nodes.timeoutFactor };
  return (await onOneOf(registry, (node) => nodes.exec(node, command, options))).stdout;
}

async function sizesOf(
  blobs: readonly string[],
  registry: Registry,
  { nodes }: CollectingWorld,
  signal: AbortSignal,
): Promise<readonly number[]> {
  if (blobs.length === 0) return [];
  const paths = blobs.map((digest) => {
    const hex = digest.replace("sha256:", "");
    return `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  });
  const script = 'cd "$0" && xargs stat -c %s';
  const asked = { input: `${paths.join("\n")}\n`, signal, answers: "any" } as const;
  const look = (node: string) => nodes.exec(node, ["sh", "-c", script, registry.store], asked);
  const { stdout } = await onOneOf(registry, look);
  return stdout.split("\n").filter(Boolean).map(Number);
}

async function collect(
  image: string,
  registry: Registry,
  { flags, config }: CollectorProgram,
  world: CollectingWorld,
  context: ActionContext,
): Promise<void> {
  const { signal } = context;
  const api = world.api();
  const objects = renderRegistry(image, registry);
  const deployment = pathOf(objects[0]);
  const collector = renderCollector(image, registry, [...flags, config]);
  const within = (usual: number) => usual * world.nodes.timeoutFactor;
  try {
    // One that was killed may have left its pod.
    await removePod(api, pathOf(collector), within(timeouts.stop), signal);
    await api.patch(deployment, { spec: { replicas: 0 } }, { signal });
    await until({
      every: lookEvery,
      within: within(timeouts.stop),
      signal,
      look: async () =>
        (await api.list<Pod>(podsOfRegistry, signal)).length === 0
          ? { value: true }
          : { reason: "the registry goes on running" },
      late: (reason) => failed(registry, reason),
    });
    await api.create(pathOf(collector).replace(/\/[^/]*$/, ""), collector, { signal });
    await until({
      every: lookEvery,
      within: within(timeouts.collect),
      signal,
      look: async () => judge(registry, await api.find<Pod>(pathOf(collector), signal)),
      late: (reason) => failed(registry, reason),
    });
  } finally {
    // Also where this is interrupted: a registry that stays away is worse than its garbage.
    const unhurried = new AbortController().signal;
    await api.delete(pathOf(collector), unhurried).catch(() => {});
    await api.patch(deployment, { spec: { replicas: registry.nodes.length } }, { signal: unhurried });
  }
  await untilServing(registry, objects, { api: world.api, nodes: world.nodes }, context);
}

async function removePod(
  api: ReturnType<CollectingWorld["api"]>,
  path: string,
  within: number,
  signal: AbortSignal,
): Promise<void> {
  await api.delete(path, signal);
  await until({
    every: lookEvery,
    within,
    signal,
    look: async () =>
      (await api.find(path, signal)) === undefined ? { value: true } : { reason: `${path} is not deleted` },
  });
}

function judge(registry: Registry, pod: Pod | undefined): { readonly value: true } | { readonly reason: string } {
  const phase = pod?.status?.phase;
  if (phase === "Succeeded") return { value: true };
  const [status] = pod?.status?.containerStatuses ?? [];
  if (phase === "Failed") {
    const { exitCode, message = "" } = status?.state?.terminated ?? {};
    const last = message.trim().split("\n").at(-1) || "and logged nothing";
    throw failed(registry, `its program has ended with exit code ${exitCode ?? "unknown"}: ${last}`);
  }
  return { reason: `its pod is ${phase ?? "not there"}` };
}

function failed({ name }: Registry, what: string): Problem {
  return new Problem("LAB-REG-014", name, `garbage could not be collected: ${what}`, {
    remedy: "The registry is started again; `npm run lab:up` repairs it where that has failed, too.",
  });
}
