import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePrograms, type Program } from "@k3s-lab/host";
import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { type Background, background, type BackgroundOptions } from "./background.js";
import { hostHierarchies, joinGroups } from "./cgroups.js";
import { enterHost, enterNetwork } from "./enter.js";
import { firewallOf, type ForwardPolicy } from "./firewall.js";
import { type Holder, startHolder } from "./holder.js";
import { hostScript } from "./host-script.js";
import { lan, nameServerProgram, nextName, runDir } from "./names.js";
import { defaultRoute, hostLinks, type RouterManner, routerLinks } from "./network.js";
import { removeTraces, sweep } from "./sweep.js";
import { connectVif, type Vif, type VifOptions } from "./vif.js";

export interface EmulateOptions {
  /** Whether the host is on a LAN with a router. Default: true. */
  readonly uplink?: boolean;
  /** Default: accept. */
  readonly forward?: ForwardPolicy;
  /** Default: answers. */
  readonly router?: RouterManner;
  /** Names that the router's DNS server knows, besides `router.lan`. */
  readonly names?: Readonly<Record<string, string>>;
  /** Milliseconds after which all is ended, whatever happens. Default: 30 minutes. */
  readonly lifetime?: number;
}

/** A computer of its own, as far as network, mounts, cgroups and processes go; its files are the real host's. */
export interface EmulatedHost {
  /** Runs a command to its end; in the caller's folder and environment unless told otherwise. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a command that goes on, and resolves when it is ready. */
  background(command: string, args: readonly string[], options: BackgroundOptions): Promise<Background>;
  connectVif(options: VifOptions): Promise<Vif>;
  /** Pulls the cable: the kernel drops the uplink's routes. */
  uplinkDown(): Promise<void>;
  /** Puts it in again, with its default route, as a DHCP client does. */
  uplinkUp(): Promise<void>;
}

export interface World extends AsyncDisposable {
  readonly name: string;
  readonly host: EmulatedHost;
  /** Runs a command in the router's network; undefined without uplink. */
  readonly router:
    | { run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> }
    | undefined;
}

/** What is not on every Debian. */
const programs: readonly Program[] = [
  { name: "ip", package: "iproute2", why: "makes the links of an emulated host" },
  { name: "iptables-restore", package: "iptables", why: "loads a FORWARD policy" },
  { name: "nft", package: "nftables", why: "loads a FORWARD policy" },
];

/** Emulates a host with its LAN. Everything in it ends when it is disposed of, or with this process. */
export async function emulateHost(options: EmulateOptions = {}): Promise<World> {
  await ensurePrograms(programs, { install: "auto", note: console.error });
  await sweep();
  const name = nextName();
  const parts: AsyncDisposable[] = [];
  const end = async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    await removeTraces(name);
  };
  try {
    const holder = await startHost(name, options);
    parts.push(holder);
    const host = hostIn(holder.pid);
    await run(...enterNetwork(holder.pid, "sh", ["-c", quietSysctls]));
    let router: World["router"];
    if (options.uplink === false) {
      await ipBatch(holder.pid, "link set lo up");
    } else {
      const routerHolder = await startRouter(options);
      parts.push(routerHolder);
      const { pid } = routerHolder;
      await ipBatch(pid, routerLinks(holder.pid, options.router ?? "answers"));
      await ipBatch(holder.pid, hostLinks());
      await run(...enterNetwork(pid, "sh", ["-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]));
      await host.run("sh", ["-c", waitForUplink]);
      router = { run: (command, args, runOptions) => run(...enterNetwork(pid, command, args), runOptions) };
    }
    const firewall = firewallOf(options.forward ?? "accept");
    if (firewall) await host.run(firewall.command, firewall.args, { input: firewall.input });
    return { name, host, router, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

// A new network namespace takes over what the real host has switched on; a workstation forwards nothing.
// Nobody else can have the uplink's link-local address: without the check for duplicates it is there at once.
const quietSysctls = `echo 0 >/proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/ipv6 ] || echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad`;

// The link-local address and its routes come a moment after the cable: a snapshot must not see a world half made.
const waitForUplink = `[ -e /proc/sys/net/ipv6 ] || exit 0
for i in $(seq 100); do
  ip -6 route show table all dev ${lan.uplink} | grep -q '^local fe80' && exit
  sleep 0.02
done
echo '${lan.uplink}: has no link-local address after 2 s' >&2; exit 1`;

async function startHost(name: string, { uplink, lifetime }: EmulateOptions): Promise<Holder> {
  const dir = join(runDir, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "hosts"), "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
  writeFileSync(join(dir, "resolv.conf"), uplink === false ? "" : `nameserver ${lan.routerAddress}\n`);
  const hierarchies = hostHierarchies();
  return startHolder({
    before: joinGroups(hierarchies, name),
    namespaces: ["--net", "--mount", "--pid", "--cgroup", "--fork", "--kill-child"],
    inside: hostScript({ name, dir, hierarchies }),
    ...(lifetime === undefined ? {} : { lifetime }),
  });
}

async function startRouter({ names = {}, lifetime }: EmulateOptions): Promise<Holder> {
  const zone = { "router.lan": lan.routerAddress, ...names };
  return startHolder({
    namespaces: ["--net"],
    inside: 'exec "$@"',
    args: [process.execPath, nameServerProgram, JSON.stringify(zone)],
    ...(lifetime === undefined ? {} : { lifetime }),
  });
}

function hostIn(pid: number): EmulatedHost {
  const runIn: EmulatedHost["run"] = (command, args, { cwd, ...rest } = {}) =>
    run(...enterHost(pid, command, args, cwd), rest);
  return {
    run: runIn,
    background: (command, args, options) => background(command, args, options, runIn),
    connectVif: (options) =>
      connectVif(options, {
        start: (command, args, onLine) => background(command, args, { ready: /^vif /, onLine }, runIn),
        ip: (batch) => ipBatch(pid, batch),
      }),
    uplinkDown: () => ipBatch(pid, `link set ${lan.uplink} down`),
    uplinkUp: async () => {
      await ipBatch(pid, `link set ${lan.uplink} up`);
      await ipBatch(pid, defaultRoute());
    },
  };
}

async function ipBatch(pid: number, lines: string): Promise<void> {
  await run(...enterNetwork(pid, "ip", ["-batch", "-"]), { input: `${lines}\n` });
}
