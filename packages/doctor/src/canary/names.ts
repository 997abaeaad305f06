import type { TableName } from "@k3s-lab/guard";

/** The canary's link on the host. */
export const canaryLink = "tlcan0";

export const canaryTable: TableName = { family: "inet", table: "k3s_lab_canary" };

/**
 * What the link calls itself: the dummy address of RFC 7600, which no network uses. The address of the experiment is
 * its peer.
 */
export const canaryAddress = "192.0.0.8";

/** The host's own attempt comes to this port; each source has one of the next, by which its packets are known. */
export const controlPort = 9_000;

/** Seconds. */
export const times = {
  /** A connection that nobody answers is given up: after its first retransmit, so that no lost packet looks like safety. */
  connect: 1.2,
  /** What an attempt without a clear end has set off has come by then. */
  loose: 0.2,
  /** A source has answered, however busy its machine is. */
  source: 10,
  /** The kernel ends the canary, whatever has become of us: longer than all of a run, sources and then the host's own. */
  life: 22,
  /** How long another doctor's canary is waited for: longer than what a killed one leaves lives. */
  patience: 26,
} as const;
