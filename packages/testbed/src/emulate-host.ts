import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certificateVariables, ensurePrograms } from "@k3s-lab/host";
import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { type Background, background, type BackgroundOptions } from "./background.js";
import { hostHierarchies, joinGroups } from "./cgroups.js";
import { enterHost, enterNetwork, ipBatch } from "./enter.js";
import { type ForwardPolicy, firewalls } from "./firewall.js";
import { type Holder, startHolder } from "./holder.js";
import { bootScript, hostFiles, hostScript } from "./host-script.js";
import { type Lan, lans } from "./lans.js";
import { nextName, runDir } from "./names.js";
import { defaultRoute, hostCable, hostLink, hostLinks, type RouterManner } from "./network.js";
import { hostPrograms } from "./programs.js";
import { rebootHost } from "./reboot.js";
import type { Router } from "./router.js";
import { type Neighbour, startLan } from "./start-lan.js";
import { removeTraces, sweep } from "./sweep.js";
import { connectVif, type Vif, type VifOptions } from "./vif.js";

export interface EmulateOptions {
  /** Default: plain. seed: the LAN of the seed's Vagrantfile, with an internet, a DHCP pool and a neighbour. */
  readonly lan?: keyof typeof lans;
  /** Whether the uplink is a port of the host's bridge br0, which then has the host's address. Default: false. */
  readonly bridge?: boolean;
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
  /**
   * Runs a command to its end; in the caller's folder and environment unless told otherwise, but for the certificates that
   * the real host's shell names.
   */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a command that goes on, and resolves when it is ready. */
  background(command: string, args: readonly string[], options: BackgroundOptions): Promise<Background>;
  connectVif(options: VifOptions): Promise<Vif>;
  /** Pulls the cable: the kernel drops the uplink's routes. */
  uplinkDown(): Promise<void>;
  /** Puts it in again, with its default route, as a DHCP client does. */
  uplinkUp(): Promise<void>;
  /**
   * Ends all that runs and makes the network again, as it was at first. Files stay; so do sysctls that are not per network,
   * which are the real host's.
   */
  reboot(): Promise<void>;
}

export interface World extends AsyncDisposable {
  readonly name: string;
  readonly host: EmulatedHost;
  /** Undefined without uplink. */
  readonly router: Router | undefined;
  /** On the seed's LAN only. */
  readonly neighbour: Neighbour | undefined;
}

/** Emulates a host with its LAN. Everything in it ends when it is disposed of, or with this process. */
export async function emulateHost(options: EmulateOptions = {}): Promise<World> {
  const lan: Lan = lans[options.lan ?? "plain"];
  await ensurePrograms(hostPrograms, { install: "auto", note: console.error });
  await sweep();
  const name = nextName();
  const dir = join(runDir, name);
  const parts: AsyncDisposable[] = [];
  const end = async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    await removeTraces(name);
  };
  try {
    const holder = await startHost(name, dir, lan, options);
    parts.push(holder);
    const { pid } = holder;
    const around = options.uplink === false ? undefined : await startLan(lan, options, parts);
    const boot = () => bootNetwork(pid, lan, options, around?.router);
    await boot();
    const reboot = async () => {
      await around?.router.run("ip", ["link", "delete", lan.port]);
      await rebootHost(pid, dir);
      await boot();
    };
    return {
      name,
      host: hostIn(pid, lan, options.bridge ?? false, reboot),
      router: around?.router,
      neighbour: around?.neighbour,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** What a host does for its network when it starts. */
async function bootNetwork(pid: number, lan: Lan, options: EmulateOptions, router: Router | undefined): Promise<void> {
  const { bridge = false, forward = "accept" } = options;
  await run(...enterNetwork(pid, "sh", ["-c", quietSysctls]));
  if (router === undefined) {
    await ipBatch(pid, "link set lo up");
  } else {
    await router.run("ip", ["-batch", "-"], { input: `${hostCable(pid, lan)}\n` });
    await ipBatch(pid, hostLinks(lan, bridge));
    await run(...enterNetwork(pid, "sh", ["-c", waitForLink(hostLink(lan, bridge))]));
  }
  const firewall = firewalls[forward];
  if (firewall) await run(...enterNetwork(pid, firewall.command, firewall.args), { input: firewall.input });
}

// A new network namespace takes over what the real host has switched on; a workstation forwards nothing.
// No other host can have the uplink's link-local address: without the check for duplicates it is usable at once.
const quietSysctls = `echo 0 >/proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/ipv6 ] || echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad`;

// The link-local address and its routes come a moment after the cable: a snapshot must not see a world half made.
const waitForLink = (link: string) => `[ -e /proc/sys/net/ipv6 ] || exit 0
for i in $(seq 100); do
  ip -6 route show table all dev ${link} | grep -q '^local fe80' && exit
  sleep 0.02
done
echo '${link}: has no link-local address after 2 s' >&2; exit 1`;

async function startHost(name: string, dir: string, lan: Lan, { uplink, lifetime }: EmulateOptions): Promise<Holder> {
  const files = hostFiles(dir);
  const hierarchies = hostHierarchies();
  mkdirSync(dir, { recursive: true });
  writeFileSync(files.hosts, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
  writeFileSync(files.resolver, uplink === false ? "" : `nameserver ${lan.routerAddress}\n`);
  writeFileSync(files.boot, bootScript({ name, dir, hierarchies }));
  return startHolder({
    before: joinGroups(hierarchies, name),
    namespaces: ["--net", "--mount", "--pid", "--cgroup", "--fork", "--kill-child"],
    inside: hostScript({ name, dir, hierarchies }),
    lifetime,
  });
}

// Each lab would trust them, wherever the tests run.
const withoutCertificates = Object.fromEntries(certificateVariables.map((name) => [name, undefined]));

function hostIn(pid: number, lan: Lan, bridge: boolean, reboot: () => Promise<void>): EmulatedHost {
  const runIn: EmulatedHost["run"] = (command, args, { cwd, env, ...rest } = {}) =>
    run(...enterHost(pid, command, args, cwd), { ...rest, env: { ...withoutCertificates, ...env } });
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
      await ipBatch(pid, defaultRoute(lan, bridge));
    },
    reboot,
  };
}
