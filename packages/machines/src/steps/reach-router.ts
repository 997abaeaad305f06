import { type Lan, lanLink } from "@k3s-lab/host-network/network";
import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";
import type { Machine } from "../machine.js";
import { shellArgv } from "../shell.js";
import { type Fleet, type MachineSeen, willStart } from "./fleet.js";

/** How often, and for how many seconds each time, a machine asks. */
const attempts = "3";
const seconds = "1";

/**
 * A node whose frames do not get through looks well from the host, and K3s in it would fail for reasons of its own. What
 * counts is the router's ARP answer: a router need not answer a ping. A machine that starts asks as a part of that; here
 * ask those that run, and have not heard from the router for long.
 */
export function reachRouterStep(fleet: Fleet): Step {
  return step<readonly MachineSeen[]>({
    id: "reach-router",
    title: "Reach router",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) =>
      seen
        .filter((one) => !willStart(one) && !hasRouter(fleet, one))
        .map(({ machine }) => ({
          on: machine.name,
          kind: "check",
          sentence: `${machine.name}: reach the router ${fleet.wanted.gateway}`,
          run: ({ signal }) => reachRouter(fleet, machine, signal),
        })),
  });
}

/** Tells whether a machine has the router's answer; on a LAN of the lab's own the router is the host itself. */
function hasRouter({ wanted: { lan, gateway } }: Fleet, { facts }: MachineSeen): boolean {
  return lan.kind === "private" || facts === undefined || facts.neighbours.includes(gateway);
}

/** Lets a running machine ask the router for its MAC address. Throws where no answer comes. */
export async function reachRouter(fleet: Fleet, machine: Machine, signal: AbortSignal): Promise<void> {
  const { lan, gateway } = fleet.wanted;
  if (lan.kind === "private") return;
  const seen = await fleet.look(machine, signal);
  if (hasRouter(fleet, seen)) return;
  const { name, interface: link } = seen.machine;
  const argv = [...shellArgv("reach-router.sh"), link, gateway, attempts, seconds];
  const { stdout } = await fleet.driver.exec(name, argv, { signal, answers: "any" });
  if (!/ lladdr /.test(` ${stdout} `)) throw unreached(name, gateway, lan);
}

function unreached(name: string, gateway: string, lan: Lan): Problem {
  const way = `${lan.kind === "macvlan" ? "by macvlan " : ""}on ${lanLink(lan)}`;
  const what = `gets no ARP answer from the router ${gateway} ${way}: its frames, or the answers, do not get through`;
  const causes = [
    "the host is a virtual machine whose hypervisor lets only its own MAC address through (allow promiscuous mode and forged transmits, or MAC spoofing)",
    "the switch's port security allows one MAC address",
    "the interface is Wi-Fi, or leads to one",
    "br_netfilter with a FORWARD chain that drops (iptables -S FORWARD; nft list ruleset)",
    "the router's address is wrong (network.gateway)",
  ];
  return new Problem("LAB-MCH-016", name, what, {
    remedy: `Look for: ${causes.join("; ")}. network.mode: private needs none of this.`,
  });
}
