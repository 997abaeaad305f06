import { Problem } from "@k3s-lab/problem";
import type { Step } from "@k3s-lab/steps";
import { guardSteps } from "./apply.js";
import { bringImageStep } from "./bring-image.js";
import type { ClusterApi } from "./cluster-api.js";
import { guardDaemonSet, type GuardOptions, optionsOf, revisionOf } from "./daemon-set.js";
import { decideDelivery, type DesiredDelivery } from "./delivery.js";
import { distributionOf, runOnDocker } from "./distribution.js";
import { dockerHost } from "./docker-host.js";
import { hashOfSources, localName } from "./image.js";
import { checkServiceCidrs, findServiceCidrs } from "./service-cidrs.js";

export interface DesiredGuard extends Pick<DesiredDelivery, "image" | "loaded" | "command" | "isInstalled"> {
  readonly plainHttp?: boolean;
  /** By default the ranges that the cluster tells. */
  readonly serviceCidrs?: readonly string[] | undefined;
}

/** Throws all that can be wrong, before anything is touched; what remains are the steps. */
export async function decideGuard(api: ClusterApi, wanted: DesiredGuard): Promise<readonly Step[]> {
  const nodes = await api.nodes();
  const architectures = await architecturesOf(api);
  const cidrs = wanted.serviceCidrs ?? (await findServiceCidrs(api));
  checkServiceCidrs(cidrs, nodes);
  const hash = await hashOfSources();
  const daemonSet = await api.daemonSet();
  const current = daemonSet && optionsOf(daemonSet);
  const guarded = nodes.filter(({ status }) => status?.nodeInfo?.operatingSystem === "linux");
  const asksDocker = wanted.image === undefined && !wanted.loaded && runOnDocker(guarded);
  const delivery = decideDelivery({
    ...wanted,
    current: current?.sources === hash ? current : undefined,
    distribution: distributionOf(nodes),
    nodes: guarded,
    dockerHost: asksDocker ? await dockerHost() : undefined,
    hash,
  });
  if (delivery.by === "load" && architectures.length > 1) {
    throw new Problem(
      "LAB-GRD-006",
      "nodes",
      `have several architectures (${architectures.join(", ")}), and no loader serves more than one`,
      {
        remedy: "Let them pull the image from a registry: --image REGISTRY/cluster-guard.",
      },
    );
  }
  const reference = delivery.by === "load" ? undefined : delivery.reference;
  const options: GuardOptions = {
    image: reference ?? localName(hash),
    pull: reference === undefined ? "Never" : "IfNotPresent",
    cidrs,
    sources: hash,
  };
  const revision = revisionOf(guardDaemonSet(options).spec?.template);
  return [
    bringImageStep({ api, delivery, architectures, revision, plainHttp: wanted.plainHttp }),
    ...guardSteps(api, options),
  ];
}

/** Returns the architectures that the image must be built for. */
export async function architecturesOf(api: ClusterApi): Promise<readonly string[]> {
  const nodes = await api.nodes();
  const linux = nodes.flatMap(({ status }) => {
    const { operatingSystem, architecture } = status?.nodeInfo ?? {};
    return operatingSystem === "linux" && architecture !== undefined ? [architecture] : [];
  });
  if (linux.length === 0)
    throw new Problem(
      "LAB-GRD-007",
      api.target.connection.server,
      "has no Linux node, so that there is nothing to guard",
    );
  return [...new Set(linux)].toSorted();
}
