// The values and the driver that this package is handed, as its upstream packages export them.
import type { RunOptions, RunResult } from "@k3s-lab/exec";

export interface HostNetwork {
  readonly lan: { readonly subnet: string };
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly clusterDns: string;
}

export interface Machine {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly address: string;
  readonly interface: string;
}

export interface Machines {
  readonly machines: readonly Machine[];
  readonly resolvers: readonly string[];
}

export interface Driver {
  state(name: string): Promise<"absent" | "stopped" | "running">;
  exec(name: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  write(name: string, path: string, content: string | Uint8Array, options: { readonly mode: number }): Promise<void>;
  copyIn(name: string, hostPath: string, path: string, options: { readonly mode: number }): Promise<void>;
}
