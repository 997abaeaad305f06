import { type Api, fieldManager, type KubeObject, pathOf } from "@k3s-lab/kube";
import type { HostAlias } from "@k3s-lab/machines";
import { type Action, type Step, step } from "@k3s-lab/steps";
import type { Kube } from "../kube.js";
import { hasRun, nothingSeen } from "../node/node-seen.js";

interface Seen {
  readonly api: Api | undefined;
  /** Whether the cluster has run, and does not yet answer. */
  readonly isStill: boolean;
  readonly custom: KubeObject | undefined;
}

/** A part of CoreDNS' configuration: K3s leaves this ConfigMap to its users, and CoreDNS reads it within a minute. */
const file = "k3s-lab.server";

/**
 * Gives pods the names that nodes have in their hosts files: the host's, and those of lab.yaml. Other parts of the
 * ConfigMap stay as they are.
 */
export function nameHostsStep(kube: Kube, aliases: readonly HostAlias[]): Step {
  const wanted = namesObject(aliases);
  return step<Seen>({
    id: "name-hosts",
    title: "Name hosts",
    observe: async (facts) => {
      const { nodes, api, objects } = await kube.see(facts);
      // One that has just been silent would be waited for once more.
      const answering = objects === undefined ? undefined : api;
      const isStill = objects === undefined && hasRun(nodes.get(kube.server) ?? nothingSeen);
      return {
        api,
        isStill,
        custom: await facts.get("coredns-custom", ({ signal }) => find(answering, wanted, signal)),
      };
    },
    plan: ({ api, isStill, custom }) => {
      const seen = custom?.data as Readonly<Record<string, unknown>> | undefined;
      if (seen?.[file] === wanted.data[file]) return [];
      const provided = isStill ? { provided: "if the cluster does not start with it" } : {};
      return [{ ...nameHostsAction(kube, aliases, async () => api), ...provided }];
    },
  });
}

/** `api` resolves with the cluster's API; with undefined where it does not answer. */
export function nameHostsAction(
  { server }: Pick<Kube, "server">,
  aliases: readonly HostAlias[],
  api: () => Promise<Api | undefined>,
): Action {
  const wanted = namesObject(aliases);
  return {
    on: server,
    kind: "change",
    sentence: `${server}: name ${namesOf(aliases).join(", ")} for pods`,
    run: async ({ signal }) =>
      void (await (await api())?.apply(pathOf(wanted), wanted, { manager: fieldManager, signal })),
  };
}

function namesObject(aliases: readonly HostAlias[]) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns-custom", namespace: "kube-system" },
    data: { [file]: zonesOf(namesOf(aliases), aliases) },
  };
}

function namesOf(aliases: readonly HostAlias[]): readonly string[] {
  return [...new Set(aliases.flatMap(({ hostnames }) => hostnames))];
}

/** Finds an object; undefined where no API answers. */
async function find(api: Api | undefined, wanted: KubeObject, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await api?.find<KubeObject>(pathOf(wanted), signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Renders zones for the names; names below these are resolved like any other. */
function zonesOf(names: readonly string[], aliases: readonly HostAlias[]): string {
  const lines = aliases.map(({ ip, hostnames }) => `    ${ip} ${hostnames.join(" ")}\n`);
  return `${names.map((name) => `${name}:53`).join(" ")} {
  errors
  hosts {
${lines.join("")}    ttl 60
    fallthrough
  }
  forward . /etc/resolv.conf
}
`;
}
