import type { MachineProvider } from "@k3s-lab/lab";

/** A machine of some lab that was found on this host. */
interface FoundMachine {
  readonly lab: string;
  readonly name: string;
  readonly provider: MachineProvider;
  readonly isRunning: boolean;
}

/** What of a lab was found on this host, whatever its folder may say. */
export interface FoundLab {
  readonly id: string;
  readonly machines: readonly FoundMachine[];
  /** What makes its machines, or has something left of them: "lxc". */
  readonly providers: readonly MachineProvider[];
  /** Whether the host's side of a LAN is there. */
  readonly hasNetwork: boolean;
}

/** What one part of the host has of labs. */
export interface Finds {
  readonly machines: readonly FoundMachine[];
  /** Labs that have something else there, such as a disk or a volume. */
  readonly labs: readonly { readonly lab: string; readonly provider?: MachineProvider }[];
}
