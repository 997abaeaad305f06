import { docker, inspect } from "@k3s-lab/docker";
import { sha256 } from "@k3s-lab/host";
import type { Machines } from "../../machine.js";
import { shellArgv } from "../../shell.js";
import { portsOf } from "./commands.js";
import { type Container, isPlugged } from "./container.js";
import { removeContainer } from "./create.js";
import { ownDefaults, withoutProxies } from "./own-defaults.js";
import { labels, labLabel, networkName, relayContainer } from "./names.js";
import { notStarted } from "./start.js";

// Docker publishes a port from one container for good, and that of a server may be lost. The servers' address is in none of
// them for good either, and only Docker's own host can reach it. So a container of its own publishes the ports and sends what
// comes there to that address. The kernel does it: nothing in it can fail or has to choose, because the address is with a
// server whose API answers.

/** Milliseconds. */
const readyTimeout = 10_000;

type Relayed = Pick<Machines, "docker" | "sharedAddress">;

/** The arguments of `docker create` that the relay is made of. */
export function relayArgs(labId: string, { docker: hardware, sharedAddress }: Relayed): readonly string[] {
  if (hardware?.relay === undefined || sharedAddress === undefined) throw new Error("one server needs no relay");
  return [
    ["--name", relayContainer(labId), "--hostname", "relay", "--label", labLabel(labId)],
    ["--network", networkName(labId), "--ip", hardware.relay],
    ["--cap-drop", "ALL", "--cap-add", "NET_ADMIN"],
    // What comes in by its only link goes out by it: nobody is to be told of a shorter way.
    ["--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "net.ipv4.conf.all.send_redirects=0"],
    ["--restart", "no", "--log-driver", "none", "--stop-signal", "SIGKILL"],
    ...portsOf(hardware).map((port) => ["--publish", port]),
    [hardware.image, ...shellArgv("relay.sh"), hardware.relay, sharedAddress],
  ].flat();
}

export type RelayState = "absent" | "outdated" | "stopped" | "running";

export async function relayState(labId: string, wanted: Relayed): Promise<RelayState> {
  const [container, network] = await Promise.all([
    seeRelay(labId),
    inspect<{ readonly Id: string }>("network", networkName(labId)),
  ]);
  if (container === undefined) return "absent";
  const isSame = container.Config.Labels?.[labels.madeWith] === madeWith(labId, wanted);
  if (!isSame || !isPlugged(container, networkName(labId), network)) return "outdated";
  return container.State.Status === "running" ? "running" : "stopped";
}

/** What a lab's relay is, and how. */
export interface RelayDescription {
  readonly state: RelayState;
  /** The ports of 127.0.0.1 by which this host reaches the API and the registry. */
  readonly ports: readonly number[];
  /** The address that the servers share. */
  readonly to: string;
}

/** Tells how the relay is by which this host reaches several servers; undefined where a lab needs none. */
export async function describeRelay(labId: string, wanted: Relayed): Promise<RelayDescription | undefined> {
  const { docker: hardware, sharedAddress } = wanted;
  if (hardware?.relay === undefined || sharedAddress === undefined) return undefined;
  const ports = [hardware.apiPort, hardware.registryPort];
  return { state: await relayState(labId, wanted), ports, to: sharedAddress };
}

export function seeRelay(labId: string): Promise<Container | undefined> {
  return inspect<Container>("container", relayContainer(labId));
}

/** The checksum of all that a relay is made with. */
export function madeWith(labId: string, wanted: Relayed): string {
  return sha256(JSON.stringify(relayArgs(labId, wanted)));
}

/** Makes the relay and starts it. It keeps nothing: whatever is left of an earlier one is removed. */
export async function startRelay(labId: string, wanted: Relayed, signal: AbortSignal): Promise<void> {
  const container = relayContainer(labId);
  await removeContainer(container);
  try {
    const label = ["--label", `${labels.madeWith}=${madeWith(labId, wanted)}`];
    await docker(["run", "--detach", ...label, ...ownDefaults, ...relayArgs(labId, wanted)], {
      signal,
      env: withoutProxies,
    });
  } catch (cause) {
    throw notStarted("relay", cause);
  }
  await docker(["exec", container, ...shellArgv("wait-relay.sh")], { signal, timeout: readyTimeout });
}
