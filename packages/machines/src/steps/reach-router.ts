import { Problem } from "@k3s-lab/problem";
import { type Action, type Step, step } from "@k3s-lab/steps";
import type { Driver } from "../driver.js";
import { type Lan, lanLink } from "@k3s-lab/host-network";
import type { Fleet, MachineSeen } from "./fleet.js";

/** How often, and for how many seconds each time, a machine asks. */
const attempts = 3;
const seconds = 1;

/**
 * A node whose frames do not get through looks well from the host, and K3s in it would fail for reasons of its own. What
 * counts is the router's ARP answer: a router need not answer a ping.
 */
export function reachRouterStep(fleet: Fleet): Step {
  const { lan, gateway } = fleet.wanted;
  return step<readonly MachineSeen[]>({
    id: "reach-router",
    title: "Reach router",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) => (lan.kind === "private" ? [] : seen.flatMap((one) => reachAction(fleet, lan, gateway, one))),
  });
}

function reachAction(fleet: Fleet, lan: Lan, gateway: string, { machine, facts }: MachineSeen): readonly Action[] {
  if (facts === undefined || facts.neighbours.includes(gateway)) return [];
  const { name, interface: link } = machine;
  return [
    {
      sentence: `${name}: reach the router ${gateway}`,
      run: async ({ signal }) => {
        const answered = await askRouter(fleet.driver, name, { link, gateway }, signal);
        if (!answered) throw unreached(name, gateway, lan);
      },
    },
  ];
}

async function askRouter(
  driver: Pick<Driver, "exec">,
  name: string,
  { link, gateway }: { readonly link: string; readonly gateway: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { stdout } = await driver.exec(name, ["sh", "-c", script, "sh", link, gateway], { signal, answers: "any" });
  return / lladdr /.test(` ${stdout} `);
}

const script = `for attempt in $(seq ${attempts}); do
  ping -q -n -c 1 -W ${seconds} -I "$1" "$2" >/dev/null 2>&1
  ip -4 neigh show to "$2" dev "$1" | grep " lladdr " && exit
done`;

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
