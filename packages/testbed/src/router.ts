import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { enterNetwork } from "./enter.js";
import type { Lan } from "./lans.js";

/** Packets that a LAN's router has got from one card for one destination. */
export interface Arrival {
  readonly mac: string;
  readonly source: string;
  readonly destination: string;
  readonly packets: number;
}

export interface Router {
  /** Runs a command in the router's network. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The IPv4 packets that it has got so far, for itself or for others beyond. Traffic between others on the LAN does not come here. */
  arrivals(): Promise<readonly Arrival[]>;
}

const table = "netdev k3s_lab_testbed";

/** Returns rules for `nft -f -` in the router's namespace. */
export function countArrivals(lan: Lan): string {
  return `table ${table} {
  set arrivals { type ether_addr . ipv4_addr . ipv4_addr; flags dynamic; size 65535; }
  chain arrivals {
    type filter hook ingress device ${lan.bridge} priority 0;
    ether type ip update @arrivals { ether saddr . ip saddr . ip daddr counter }
  }
}
`;
}

interface Listed {
  readonly nftables: readonly { readonly set?: { readonly elem?: readonly Element[] } }[];
}

interface Element {
  readonly elem: {
    readonly val: { readonly concat: readonly [string, string, string] };
    readonly counter: { readonly packets: number };
  };
}

/** Reads the output of `nft -j list set`. */
export function parseArrivals(text: string): readonly Arrival[] {
  const { nftables } = JSON.parse(text) as Listed;
  return nftables.flatMap(({ set }) =>
    (set?.elem ?? []).map(({ elem: { val, counter } }) => {
      const [mac, source, destination] = val.concat;
      return { mac, source, destination, packets: counter.packets };
    }),
  );
}

export function routerIn(pid: number): Router {
  const runIn: Router["run"] = (command, args, options) => run(...enterNetwork(pid, command, args), options);
  return {
    run: runIn,
    arrivals: async () =>
      parseArrivals((await runIn("nft", ["-j", "list", "set", ...table.split(" "), "arrivals"])).stdout),
  };
}
