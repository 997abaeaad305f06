import { ensurePrograms } from "@k3s-lab/host";
import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { background } from "./background.js";
import { enterNetwork, ipBatch } from "./enter.js";
import { type Holder, startHolder } from "./holder.js";
import { dhcpServer, internetCable, internetLinks, memberLink, neighbourCable, neighbourLinks } from "./lan-members.js";
import type { Lan } from "./lans.js";
import { nameServerProgram } from "./names.js";
import { type RouterManner, routerLinks } from "./network.js";
import { dhcpPrograms } from "./programs.js";
import { countArrivals, type Router, routerIn } from "./router.js";

/** A computer on the host's LAN that knows nothing of labs. */
export interface Neighbour {
  readonly address: string;
  readonly mac: string;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Pulls its cable: its address is free then. */
  leave(): Promise<void>;
}

export interface LanAround {
  readonly router: Router;
  readonly neighbour: Neighbour | undefined;
}

export interface LanOptions {
  readonly router?: RouterManner;
  readonly names?: Readonly<Record<string, string>>;
  readonly lifetime?: number | undefined;
}

/** Starts all of a LAN but the host: what was started is put into `parts`, also when a later one fails. */
export async function startLan(lan: Lan, options: LanOptions, parts: AsyncDisposable[]): Promise<LanAround> {
  const { names = {}, lifetime } = options;
  const start = async (inside: string, args: readonly string[] = []): Promise<Holder> => {
    const holder = await startHolder({ namespaces: ["--net"], inside, args, lifetime });
    parts.push(holder);
    return holder;
  };
  const startNameServer = () => {
    const zone = { "router.lan": lan.routerAddress, ...names };
    return start('exec "$@"', [process.execPath, nameServerProgram, JSON.stringify(zone)]);
  };

  const { pid } = await startNameServer();
  const router = routerIn(pid);
  await ipBatch(pid, routerLinks(options.router ?? "answers", lan));
  await router.run("nft", ["-f", "-"], { input: countArrivals(lan) });
  await router.run("sh", ["-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
  if (lan.pool !== undefined) {
    await ensurePrograms(dhcpPrograms, { install: "auto", note: console.error });
    const command = enterNetwork(pid, ...dhcpServer(lan, lan.pool));
    parts.push(await background(...command, { ready: /DHCP, IP range/ }));
  }
  if (lan.internet !== undefined) {
    const internet = await startNameServer();
    await ipBatch(pid, internetCable(internet.pid, lan.internet));
    await ipBatch(internet.pid, internetLinks(lan, lan.internet));
  }
  if (lan.neighbour === undefined) return { router, neighbour: undefined };
  const { address, mac } = lan.neighbour;
  const other = await start('echo "holder $outer"; exec sleep infinity');
  await ipBatch(pid, neighbourCable(other.pid, lan, mac));
  await ipBatch(other.pid, neighbourLinks(lan, address));
  const neighbour: Neighbour = {
    address,
    mac,
    run: (command, args, runOptions) => run(...enterNetwork(other.pid, command, args), runOptions),
    leave: () => ipBatch(other.pid, `link set ${memberLink} down`),
  };
  return { router, neighbour };
}
