import type { RunOptions } from "@k3s-lab/exec";
import type { Background, BackgroundOptions } from "./background.js";
import { parseTaken, relayCommand, relayReady, type Taken } from "./relay.js";
import { vifRoutes } from "./vif.js";

export interface TelepresenceOptions {
  /** Default: tel0. */
  readonly name?: string;
  /** What it maps: the cluster's services and pods, and whatever else "also-proxy" names. */
  readonly cidrs: readonly string[];
  /**
   * The traffic manager in the cluster: a process of the network that dials, a pod's or a node's own, as it is called on
   * the host.
   */
  readonly manager: number;
  /** Names: what the host asks its nameserver is asked of the cluster's resolver instead, by the manager. */
  readonly names?: { readonly nameserver: string; readonly resolver: string };
  /** What comes for one destination more often than that is not dialled. Default: 200. */
  readonly most?: number;
}

/** A VIF that forwards into the cluster, as Telepresence's does. */
export interface Telepresence extends AsyncDisposable {
  readonly name: string;
  /** Connections and datagrams that came to the VIF so far. Names asked for came to `namesAt`, port 53. */
  readonly taken: readonly Taken[];
}

/** What connecting needs of a host. */
interface Host {
  run(command: string, args: readonly string[], options?: RunOptions): Promise<{ readonly stdout: string }>;
  background(command: string, args: readonly string[], options: BackgroundOptions): Promise<Background>;
}

/** Where the VIF answers for names: an address of TEST-NET-1, which no host has. */
export const namesAt = "192.0.2.53";

const namesTable = "ip k3s_lab_testbed_names";

/** Returns rules for `nft -f -`, as Telepresence sets them where no systemd-resolved is: what the host itself asks is taken. */
function takeNames(nameserver: string): string {
  return `table ${namesTable} {
  chain output {
    type nat hook output priority -110; policy accept;
    ip daddr ${nameserver} udp dport 53 dnat to ${namesAt}
  }
}
`;
}

/**
 * Connects: from then on the host reaches what `cidrs` map by the manager. A connection is accepted before the manager
 * dials, whether it is served or not.
 */
export async function connectTelepresence(host: Host, options: TelepresenceOptions): Promise<Telepresence> {
  const { name = "tel0", cidrs, manager, names, most = 200 } = options;
  const taken: Taken[] = [];
  const onLine = (line: string) => {
    const arrival = parseTaken(line);
    if (arrival) taken.push(arrival);
  };
  const instead = names === undefined ? {} : { [namesAt]: names.resolver };
  const command = relayCommand({ device: name, dialsFrom: manager, most, instead });
  const relay = await host.background(...command, { ready: relayReady, onLine });
  const end = async () => {
    if (names !== undefined) await host.run("nft", ["delete", "table", ...namesTable.split(" ")], { answers: "any" });
    await relay[Symbol.asyncDispose]();
    // Its last process may end a moment after the first: the next one to connect makes a device of this name.
    await host.run("sh", ["-c", untilGone, name]);
  };
  try {
    const routes = vifRoutes(name, names === undefined ? cidrs : [...cidrs, namesAt]);
    await host.run("ip", ["-batch", "-"], { input: `${routes}\n` });
    if (names !== undefined) await host.run("nft", ["-f", "-"], { input: takeNames(names.nameserver) });
  } catch (error) {
    await end();
    throw error;
  }
  return { name, taken, [Symbol.asyncDispose]: end };
}

const untilGone = `tries=0
while [ -e "/sys/class/net/$0" ]; do
  tries=$((tries + 1)); [ $tries -lt 500 ] || { echo "$0: is still there after 10 s" >&2; exit 1; }
  sleep 0.02
done`;
