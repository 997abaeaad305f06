/** What a picture of a lab shows, before anything has a place. */
export interface Topology {
  readonly name: string;
  readonly state: State;
  /** When it was observed. */
  readonly at: Date;
  /** One line about the lab, under its name. */
  readonly about: string;
  /** What is wrong, as sentences. */
  readonly faults: readonly string[];
  readonly elements: readonly Element[];
  readonly edges: readonly Edge[];
  readonly ways: readonly Way[];
}

type State = "up" | "degraded" | "stopped" | "absent";

/** ok: seen, and as it should be. unknown: could not be seen. none: nothing that could be wrong. */
export type Health = "ok" | "bad" | "unknown" | "none";

export type ElementKind =
  | "router"
  | "lan"
  | "host"
  | "link"
  | "vif"
  | "routes"
  | "table"
  | "guard"
  | "programs"
  | "ports"
  | "others"
  | "cluster"
  | "node"
  | "pods";

/** A box of the picture; one that others name as their parent is drawn around them. */
export interface Element {
  readonly id: string;
  readonly kind: ElementKind;
  readonly parent?: string | undefined;
  readonly title: string;
  /** Smaller lines under the title: addresses, networks. */
  readonly lines: readonly string[];
  readonly health: Health;
  /** In a word or two: "Ready", "missing", "not seen". */
  readonly condition: string;
  /** It should be there, and is not. */
  readonly isMissing?: boolean;
  /** What is known of it: a label, and its value. */
  readonly details: readonly Detail[];
}

export type Detail = readonly [label: string, value: string];

/** cable: a network. path: a packet's way within the host or a node. tunnel: what a VIF has at its other end. */
type EdgeKind = "cable" | "path" | "tunnel";

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
}

/** The way of one request. */
export interface Way {
  readonly id: string;
  /** "a pod, to an address that nothing serves" */
  readonly title: string;
  readonly address: string;
  readonly stops: readonly Stop[];
  readonly verdict: Verdict;
  /** The end of it, as a sentence. */
  readonly summary: string;
}

/** A place that a request comes to, and what happens to it there. */
export interface Stop {
  readonly at: string;
  readonly text: string;
  /** cut: it ends here. perhaps: it ends here if what stands here is whole, which was not seen. */
  readonly is: "passed" | "cut" | "perhaps" | "answered" | "left" | "looped";
}

/** may-loop: what was not seen decides. stuck: it comes nowhere, because something is broken. */
export type Verdict = "answered" | "cut" | "left" | "loops" | "may-loop" | "stuck" | "unknown";
