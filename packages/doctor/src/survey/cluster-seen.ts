/** What the cluster's API says. */
export interface ClusterSeen {
  /** Why the API says nothing; absent where it answers. */
  readonly silence?: string;
  readonly nodes: readonly NodeObject[];
  readonly pods: readonly PodSeen[];
}

export interface NodeObject {
  readonly name: string;
  /** Why it is not Ready. */
  readonly obstacle?: string;
  readonly internalIp?: string;
  /** What flannel tells other nodes to send this one's pods' packets to. */
  readonly flannelIp?: string;
}

export interface PodSeen {
  readonly namespace: string;
  readonly name: string;
  readonly app?: string;
  readonly node?: string;
  readonly hostNetwork: boolean;
  /** Absent where it works. */
  readonly waitsFor?: string;
}
