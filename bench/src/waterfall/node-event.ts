/** Something that a node itself tells of: from its journal, or from the objects of the API. */
export interface NodeEvent {
  readonly node: string;
  /** "API answers" */
  readonly what: string;
  /** Milliseconds since the command was started. */
  readonly at: number;
  /** Whether it is known to the second only: the API tells no more. */
  readonly isRough?: boolean;
}

/** What the journal of K3s tells of; the first line that matches counts. Both kinds of K3s write these. */
const told: readonly (readonly [what: string, line: RegExp])[] = [
  ["unit starts", /systemd\[1\]: Starting k3s/],
  ["API answers", /Serving securely on \S*:6443|Kube API server is now running/],
  ["joined", /Successfully registered node/],
  ["Ready", /node status as it just became ready/],
  ["registry pod running", /Observed pod startup duration" pod="kube-system\/kube-registry/],
];

/** Returns the events in a journal of K3s, as `journalctl -o short-unix` prints it. `started`: milliseconds since 1970. */
export function eventsInJournal(node: string, journal: string, started: number): readonly NodeEvent[] {
  const lines = journal.split("\n");
  return told.flatMap(([what, pattern]) => {
    const line = lines.find((each) => pattern.test(each));
    const seconds = Number(line?.split(" ")[0]);
    return line === undefined || Number.isNaN(seconds) ? [] : [{ node, what, at: seconds * 1000 - started }];
  });
}

interface ApiNode {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly status: { readonly conditions: readonly { type: string; status: string; lastTransitionTime: string }[] };
}

interface ApiPod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly containerStatuses?: readonly { readonly state: { readonly running?: { readonly startedAt: string } } }[];
  };
}

/** Returns the events that the objects of the API tell of, to the second. `started`: milliseconds since 1970. */
export function eventsInObjects(
  nodes: readonly ApiNode[],
  pods: readonly ApiPod[],
  started: number,
): readonly NodeEvent[] {
  const event = (node: string, what: string, time: string | undefined) =>
    time === undefined ? [] : [{ node, what, at: Date.parse(time) - started, isRough: true }];
  return [
    ...nodes.flatMap(({ metadata: { name, creationTimestamp }, status }) => {
      const ready = status.conditions.find(({ type, status: is }) => type === "Ready" && is === "True");
      return [...event(name, "joined", creationTimestamp), ...event(name, "Ready", ready?.lastTransitionTime)];
    }),
    ...pods.flatMap(({ metadata, spec: { nodeName = "" }, status }) =>
      metadata.name.startsWith("kube-registry-")
        ? event(nodeName, "registry pod running", status.containerStatuses?.[0]?.state.running?.startedAt)
        : [],
    ),
  ];
}

/** Adds what only the API tells of to what the journals tell of, and sorts each node's events by time. */
export function mergeEvents(journals: readonly NodeEvent[], objects: readonly NodeEvent[]): readonly NodeEvent[] {
  const isKnown = ({ node, what }: NodeEvent) => journals.some((each) => each.node === node && each.what === what);
  return [...journals, ...objects.filter((event) => !isKnown(event))].toSorted((a, b) => a.at - b.at);
}
