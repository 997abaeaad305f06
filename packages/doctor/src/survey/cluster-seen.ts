/** What the cluster's API reports. */
export interface ClusterSeen {
  /** Why the API gives no answer; absent where it does. */
  readonly silence?: string | undefined;
  readonly nodes: readonly NodeObject[];
  readonly pods: readonly PodSeen[];
}

export interface NodeObject {
  readonly name: string;
  /** Why it is not Ready. */
  readonly obstacle?: string | undefined;
  readonly internalIp?: string | undefined;
  /** Where flannel tells other nodes to send the packets for this node's pods. */
  readonly flannelIp?: string | undefined;
}

export interface PodSeen {
  readonly namespace: string;
  readonly name: string;
  readonly app?: string | undefined;
  readonly node?: string | undefined;
  readonly hostNetwork: boolean;
  /** What it waits for; absent where it is running. */
  readonly waitsFor?: string | undefined;
}
