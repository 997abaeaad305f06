import type { Lan } from "@k3s-lab/host-network";

/** A machine as it is wanted: what a driver needs to make it. */
export interface Machine {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly address: string;
  readonly prefixLength: number;
  readonly mac: string;
  /** What the link to the LAN is called inside the machine. */
  readonly interface: string;
}

/** What `.lab/machines.json` records. */
export interface Machines {
  readonly driver: "lxc";
  readonly machines: readonly Machine[];
  /** What the machines are plugged into. */
  readonly lan: Lan;
  /** The default route of every machine. */
  readonly gateway: string;
  readonly resolvers: readonly string[];
}
