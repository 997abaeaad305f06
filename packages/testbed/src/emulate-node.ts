import type { RunOptions, RunResult } from "@k3s-lab/exec";
import type { EmulatedHost } from "./emulate-host.js";
import { enterNetwork } from "./enter.js";
import { clientProgram } from "./names.js";
import { lan } from "./lans.js";
import { type Card, cardName, cluster, nodeLinks, nodeRules, plugCards, podLinks, userMode } from "./node-network.js";
import { relayCommand, relayReady } from "./relay.js";

export interface NodeOptions {
  readonly cards: readonly Card[];
  /** Of the first card. */
  readonly gateway: string;
}

/** A network of its own on an emulated host. */
export interface Place {
  /** A process in it, as it is called on the host. */
  readonly pid: number;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

/** What a machine with K3s is to a host: a network with a pod behind it. No kubelet, no container runs. */
export interface EmulatedNode {
  readonly node: Place;
  /** The pod of the one service that is served; its network is any pod's. */
  readonly pod: Place;
}

/** How often a user-mode NAT dials the same destination: more often than any VIF lets it. */
const userModeMost = 2_000;

/** Plugs a node into an emulated host; it ends with the host. */
export async function emulateNode(host: EmulatedHost, { cards, gateway }: NodeOptions): Promise<EmulatedNode> {
  const node = await startPlace(host);
  const pod = await startPlace(host);
  await ip(host, plugCards(cards, node.pid));
  for (const [index, { by }] of cards.entries()) {
    if (by !== "process") continue;
    const instead = { [userMode.nameserver]: lan.routerAddress };
    // Process 1 is in the host's own network.
    const [command, args] = relayCommand({ device: cardName(index), dialsFrom: 1, most: userModeMost, instead });
    await host.background(...enterNetwork(node.pid, command, args), { ready: relayReady });
  }
  await node.run("sh", ["-c", sysctls]);
  await ip(node, nodeLinks(cards, gateway, pod.pid));
  await ip(pod, podLinks());
  await node.run("nft", ["-f", "-"], { input: nodeRules() });
  const serve = enterNetwork(pod.pid, "perl", [clientProgram, "serve", String(cluster.pod.port)]);
  await host.background(...serve, { ready: /^serves/ });
  return { node, pod };
}

async function startPlace(host: EmulatedHost): Promise<Place> {
  // A /run of its own, for what programs keep of "their" machine there.
  const inside = "mount -t tmpfs node /run; echo place $$; exec sleep infinity";
  const ready = /^place (\d+)$/;
  const { line } = await host.background("unshare", ["--net", "--mount", "sh", "-c", inside], { ready });
  const pid = Number(ready.exec(line)?.[1]);
  return {
    pid,
    run: (command, args, options) =>
      host.run("nsenter", ["--target", String(pid), "--net", "--mount", command, ...args], options),
  };
}

async function ip(place: Pick<Place, "run">, lines: string): Promise<void> {
  await place.run("ip", ["-batch", "-"], { input: `${lines}\n` });
}

// As systemd has it: loose source checks.
const sysctls = `echo 1 >/proc/sys/net/ipv4/ip_forward
for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 2 >$file; done`;
