import { readFile } from "node:fs/promises";
import { type Listed, openApiOf } from "@k3s-lab/kube";

/** A Service of type LoadBalancer, and how this host reaches it. */
export interface ServiceDescription {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly ServicePort[];
}

interface ServicePort {
  readonly port: number;
  readonly protocol: string;
  /** Addresses of this host's that lead there: "10.76.0.10:80", "127.0.0.1:8080"; empty where none does. */
  readonly at: readonly string[];
  /** What machines.docker.ports would publish it by: "8080:80". Only where no address leads there. */
  readonly publish?: string;
}

/** A Service object, as far as it is read. */
export interface Service extends Listed {
  readonly metadata: Listed["metadata"] & {
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly type?: string;
    readonly ports?: readonly { readonly port: number; readonly protocol?: string }[];
  };
}

/** What of a lab's machines matters for the way from the host to a Service. */
export interface Ways {
  /** The address of a node that the host reaches; undefined where it reaches none, as with Docker on macOS. */
  readonly node: string | undefined;
  /** What Docker publishes on the host, as it writes it: "127.0.0.1:8080:80/tcp"; undefined where the lab is not Docker's. */
  readonly published: readonly string[] | undefined;
}

/** The lab's own, which has lines of its own. */
const registryLabel = ["kubernetes.io/name", "KubeRegistry"] as const;

/** Asks the API that a kubeconfig leads to; empty where it does not answer. Rejects only when interrupted. */
export async function describeServices(
  kubeconfig: string,
  ways: Ways,
  signal: AbortSignal,
): Promise<readonly ServiceDescription[]> {
  try {
    const api = openApiOf(await readFile(kubeconfig, "utf8"), kubeconfig);
    return servicesFor(await api.list<Service>("/api/v1/services", signal), ways);
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** Tells by which addresses the host reaches the Services of type LoadBalancer. */
export function servicesFor(services: readonly Service[], ways: Ways): readonly ServiceDescription[] {
  const [label, value] = registryLabel;
  return services
    .filter(({ metadata, spec }) => spec?.type === "LoadBalancer" && metadata.labels?.[label] !== value)
    .map(({ metadata: { namespace, name }, spec }) => ({
      namespace,
      name,
      ports: (spec?.ports ?? []).map(({ port, protocol = "TCP" }) => portFor(port, protocol, ways)),
    }));
}

function portFor(port: number, protocol: string, { node, published }: Ways): ServicePort {
  const leads = (published ?? []).flatMap((each) => {
    const [, host, to, kind = "tcp"] = /^(.*):(\d+)(?:\/(\w+))?$/.exec(each) ?? [];
    return host !== undefined && Number(to) === port && kind === protocol.toLowerCase() ? [host] : [];
  });
  const at = [...(node === undefined ? [] : [`${node}:${port}`]), ...leads];
  if (at.length > 0 || published === undefined) return { port, protocol, at };
  const suffix = protocol === "TCP" ? "" : `/${protocol.toLowerCase()}`;
  // Ports below 1024 often belong to the host, or to root.
  return { port, protocol, at, publish: `${port < 1024 ? port + 8000 : port}:${port}${suffix}` };
}
