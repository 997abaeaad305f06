import type { TableName } from "@k3s-lab/guard";

/** The canary's link on the host. */
export const canaryLink = "tlcan0";

export const canaryTable: TableName = { family: "inet", table: "k3s_lab_canary" };

/** The link's own address: the dummy address of RFC 7600, which no network uses. The target is its peer. */
export const canaryAddress = "192.0.0.8";

/** The port of the host's own attempt. Each source has one of the next, which identifies its packets. */
export const controlPort = 9_000;

/** Seconds after which something holds. */
export const times = {
  /** An attempt without an answer is given up: after its first retransmit, so that a lost packet does not look like safety. */
  connect: 1.2,
  /** Whatever an attempt without a clear end has set off has arrived. */
  loose: 0.2,
  /** A source that has not answered is given up, however busy its machine is. */
  source: 10,
  /** The kernel ends the canary, whatever was killed: longer than a whole run, the sources and then the host's own attempt. */
  life: 22,
  /** Another doctor's canary is waited for: longer than a killed one lives. */
  other: 26,
} as const;
