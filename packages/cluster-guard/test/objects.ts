import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { names } from "../src/names.js";

interface NodeLike {
  readonly version?: string;
  readonly providerID?: string;
  readonly labels?: Record<string, string>;
  readonly ready?: boolean;
  readonly os?: string;
  readonly architecture?: string;
  readonly address?: string;
}

/** A Node object, as far as the guard reads it. */
export function node(name: string, like: NodeLike = {}): V1Node {
  const { version = "v1.34.4", providerID, labels = {}, ready = true, os = "linux" } = like;
  const { architecture = "amd64", address = "10.76.0.10" } = like;
  return {
    metadata: { name, labels },
    spec: providerID === undefined ? {} : { providerID },
    status: {
      addresses: [{ type: "InternalIP", address }],
      conditions: [{ type: "Ready", status: ready ? "True" : "Unknown" }],
      nodeInfo: { kubeletVersion: version, operatingSystem: os, architecture } as never,
    },
  };
}

interface PodLike {
  readonly revision?: string;
  readonly ready?: boolean;
  readonly waiting?: { readonly reason: string; readonly message?: string };
}

/** A pod of the guard's on a node. */
export function pod(nodeName: string, { revision = "r1", ready = true, waiting }: PodLike = {}): V1Pod {
  return {
    metadata: { name: `${names.daemonSet}-${nodeName}`, annotations: { [names.revision]: revision } },
    spec: { nodeName, containers: [] },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [
        {
          name: names.container,
          image: "",
          imageID: waiting ? "" : "sha256:1",
          ready,
          restartCount: 0,
          ...(waiting ? { state: { waiting } } : {}),
        },
      ],
    },
  };
}
