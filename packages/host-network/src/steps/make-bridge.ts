import { seeHost } from "../observe-host.js";
import { linkNamed } from "@k3s-lab/ip";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { ipCommands } from "../ip-commands.js";
import { bridgeMac } from "../names.js";
import type { PrivateNetwork } from "../network.js";
import { hasIpv6, type Host } from "../probe/host.js";

export function bridgeStep(lab: string, network: PrivateNetwork): Step {
  return step<Host>({
    id: "make-lan",
    title: "Make LAN",
    observe: seeHost,
    plan: (host) => planBridge(lab, network, host).map((lines) => action(network, lines)),
  });
}

function action({ lan }: PrivateNetwork, lines: readonly string[]): Action {
  const made = lines.some((line) => line.startsWith("link add"));
  const sentence = made
    ? `make bridge ${lan.bridge} for ${lan.subnet}`
    : `repair bridge ${lan.bridge}: ${lines.join("; ")}`;
  return { on: "host", kind: made ? "make" : "change", sentence: `host: ${sentence}`, run: () => ipCommands(lines) };
}

/** Plans the lines for `ip -batch`: at most one list. */
export function planBridge(lab: string, network: PrivateNetwork, host: Host): readonly (readonly string[])[] {
  const { bridge, subnet } = network.lan;
  const address = `${network.gateway}/${subnet.bits}`;
  const seen = linkNamed(host.links, bridge);
  const usable = seen?.kind === "bridge" ? seen : undefined;
  const isQuiet = usable === undefined ? !hasIpv6(host) : (usable.ipv6 ?? "none") === "none";
  const lines = [
    ...(seen !== undefined && usable === undefined ? [`link delete dev ${bridge}`] : []),
    ...(usable === undefined ? [`link add name ${bridge} address ${bridgeMac(lab)} type bridge`] : []),
    ...(usable !== undefined && usable.mac !== bridgeMac(lab)
      ? [`link set dev ${bridge} address ${bridgeMac(lab)}`]
      : []),
    // The LAN is IPv4 only: without a link-local address the host takes no IPv6 from a node.
    ...(isQuiet ? [] : [`link set dev ${bridge} addrgenmode none`]),
    ...(usable?.addresses ?? [])
      .filter((each) => each !== address)
      .map((each) => `address delete ${each} dev ${bridge}`),
    ...(usable?.addresses.includes(address) ? [] : [`address add ${address} dev ${bridge}`]),
    ...(usable?.up ? [] : [`link set dev ${bridge} up`]),
  ];
  return lines.length === 0 ? [] : [lines];
}
