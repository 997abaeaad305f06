import type { KubeNode, Pod } from "@k3s-lab/kube";
import { names } from "../src/names.js";

interface NodeLike {
  readonly version?: string;
  readonly runtime?: string;
  readonly osImage?: string;
  readonly providerID?: string;
  readonly labels?: Record<string, string>;
  readonly ready?: boolean;
  readonly os?: string;
  readonly architecture?: string;
  readonly address?: string;
}

/** A Node object, as far as the guard reads it. */
export function node(name: string, like: NodeLike = {}): KubeNode {
  const {
    version = "v1.34.4",
    runtime = "containerd://2.0.0",
    osImage = "",
    providerID,
    labels = {},
    ready = true,
    os = "linux",
  } = like;
  const { architecture = "amd64", address = "10.76.0.10" } = like;
  return {
    metadata: { name, labels },
    spec: providerID === undefined ? {} : { providerID },
    status: {
      addresses: [{ type: "InternalIP", address }],
      conditions: [{ type: "Ready", status: ready ? "True" : "Unknown" }],
      nodeInfo: {
        kubeletVersion: version,
        containerRuntimeVersion: runtime,
        osImage,
        operatingSystem: os,
        architecture,
      },
    },
  };
}

interface PodLike {
  readonly revision?: string;
  readonly ready?: boolean;
  readonly waiting?: { readonly reason: string; readonly message?: string };
}

/** A pod of the guard's on a node. */
export function pod(nodeName: string, { revision = "r1", ready = true, waiting }: PodLike = {}): Pod {
  return {
    metadata: {
      name: `${names.daemonSet}-${nodeName}`,
      namespace: names.namespace,
      annotations: { [names.revision]: revision },
    },
    spec: { nodeName },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{ ready, imageID: waiting ? "" : "sha256:1", ...(waiting ? { state: { waiting } } : {}) }],
    },
  };
}
