import { createHash } from "node:crypto";
import { names } from "./names.js";

/** The parts of the API's DaemonSet that are read. */
export interface DaemonSet {
  readonly metadata?: { readonly name?: string; readonly generation?: number };
  readonly spec?: {
    readonly template: Annotated & {
      readonly spec?: {
        readonly containers: readonly {
          readonly name: string;
          readonly image?: string;
          readonly imagePullPolicy?: string;
          readonly args?: readonly string[];
        }[];
      };
    };
  };
}

interface Annotated {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

export interface GuardOptions {
  /** What the pods run. */
  readonly image: string;
  /** Never: it is on the nodes already, and nowhere else. */
  readonly pull: "IfNotPresent" | "Never";
  readonly cidrs: readonly string[];
  /** Tells one image from another of the same name. */
  readonly sources: string;
}

/** Renders the guard for every node, whatever its taints; where room is short, other pods are evicted for it. */
export function guardDaemonSet({ cidrs, ...options }: GuardOptions) {
  return daemonSet(options, ["run", ...cidrs], ["ready", ...cidrs]);
}

/** Renders its counterpart, which cleans every node: each pod is Ready when its node is clean. */
export function removalDaemonSet(options: Omit<GuardOptions, "cidrs">) {
  return daemonSet(options, ["remove"], ["clean"]);
}

/** Reads what a DaemonSet was made with; undefined for one that is not managed by k3s-lab. */
export function optionsOf(seen: DaemonSet): (GuardOptions & { readonly removes: boolean }) | undefined {
  const { metadata, spec } = seen.spec?.template ?? {};
  const container = spec?.containers.find(({ name }) => name === names.container);
  const [verb, ...cidrs] = container?.args ?? [];
  const sources = metadata?.annotations?.[sourcesAnnotation];
  if (container?.image === undefined || sources === undefined || (verb !== "run" && verb !== "remove"))
    return undefined;
  const pull = container.imagePullPolicy === "Never" ? "Never" : "IfNotPresent";
  return { image: container.image, pull, cidrs, sources, removes: verb === "remove" };
}

/** Reads the revision of a pod, or of a DaemonSet's template. */
export function revisionOf(made: Annotated | undefined): string | undefined {
  return made?.metadata?.annotations?.[names.revision];
}

const sourcesAnnotation = "k3s-lab/sources";

function daemonSet(
  { image, pull, sources }: Omit<GuardOptions, "cidrs">,
  args: readonly string[],
  probe: readonly string[],
) {
  const { namespace, daemonSet: name, labels } = names;
  const spec = {
    hostNetwork: true,
    dnsPolicy: "Default",
    priorityClassName: "system-node-critical",
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ operator: "Exists" }],
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
    containers: [guardContainer({ image, imagePullPolicy: pull, args: [...args] }, probe)],
  };
  const revision = createHash("sha256")
    .update(JSON.stringify([spec, sources]))
    .digest("hex")
    .slice(0, 12);
  const annotations = { [names.revision]: revision, [sourcesAnnotation]: sources };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      // The rules outlive their pod, so all pods may be replaced at once.
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
      template: { metadata: { labels, annotations }, spec },
    },
  };
}

function guardContainer(own: { image: string; imagePullPolicy: string; args: string[] }, probe: readonly string[]) {
  return {
    name: names.container,
    ...own,
    readinessProbe: { exec: { command: [names.program, ...probe] }, periodSeconds: 10, timeoutSeconds: 5 },
    resources: { requests: { cpu: "5m", memory: "16Mi" }, limits: { cpu: "200m", memory: "64Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] },
    },
  };
}
