import { type Api, type KubeNode, nodePath } from "@k3s-lab/kube";
import * as v from "valibot";
import type { Workload } from "./ready-pods.js";

/** On a node that is drained for its upgrade, which workloads lose pods by that: a run that is killed would forget what has to come back. */
const mark = "k3s-lab.local/moved-workloads";

const written = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ name: v.string(), path: v.string(), uid: v.string(), ready: v.number() })),
);

/** Returns the workloads that were moved away from a node, and have not been waited for; undefined where no upgrade has drained it. */
export function movedFrom({ metadata }: KubeNode): readonly Workload[] | undefined {
  const text = metadata.annotations?.[mark];
  if (text === undefined) return undefined;
  const read = v.safeParse(written, text);
  return read.success ? read.output : [];
}

/** Notes workloads that are about to be moved; resolves with all, as they were counted before the first of their pods had to go. */
export async function noteMoved(
  api: Pick<Api, "get" | "patch">,
  node: string,
  workloads: readonly Workload[],
  signal: AbortSignal,
): Promise<readonly Workload[]> {
  const before = movedFrom(await api.get<KubeNode>(nodePath(node), signal)) ?? [];
  const all = [...before, ...workloads.filter(({ uid }) => !before.some((known) => known.uid === uid))];
  await annotate(api, node, JSON.stringify(all), signal);
  return all;
}

/** Forgets them: they are back, or it was said that they are not. */
export async function forgetMoved(api: Pick<Api, "patch">, node: string, signal: AbortSignal): Promise<void> {
  await annotate(api, node, null, signal);
}

async function annotate(api: Pick<Api, "patch">, node: string, value: string | null, signal: AbortSignal) {
  await api.patch(nodePath(node), { metadata: { annotations: { [mark]: value } } }, { signal });
}
