import { inspect } from "@k3s-lab/docker";
import type { MachineState } from "../../driver.js";
import { containerName } from "./names.js";

/** What `docker container inspect` prints, as far as it matters here. */
export interface Container {
  readonly State: { readonly Status: string; readonly ExitCode?: number };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
  readonly HostConfig: {
    /** Bytes; 0: not limited. */
    readonly Memory: number;
    /** Billionths of a processor; 0: not limited. */
    readonly NanoCpus: number;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> | null;
  };
  readonly Mounts: readonly { readonly Type: string; readonly Destination: string }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly NetworkID: string }>> };
}

export function containerOf(labId: string, name: string): Promise<Container | undefined> {
  return inspect<Container>("container", containerName(labId, name));
}

/** Tells whether a container is on a network. One that was removed and made again is another, which its containers do not know. */
export function isPlugged(
  { NetworkSettings }: Pick<Container, "NetworkSettings">,
  name: string,
  network: { readonly Id: string } | undefined,
): boolean {
  const plugged = NetworkSettings.Networks[name]?.NetworkID;
  // Docker writes it down with the container's first start.
  return plugged === "" || plugged === network?.Id;
}

/** "created": its files may not all be there, and "dead": Docker could not remove it; neither has run, nor will. */
export function stateOf(container: Container | undefined): MachineState {
  const status = container?.State.Status;
  if (status === undefined || status === "dead" || status === "removing") return "absent";
  // A paused one cannot be entered: its next start lets it go on.
  return status === "running" || status === "restarting" ? "running" : "stopped";
}
