import { seeRuleset } from "../observe-host.js";
import { applyHostGuard, hasHostGuard, type HostGuard, type Ruleset } from "@k3s-lab/guard";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { applyNat, hasNat, type Nat } from "../firewall/nat.js";
import { type PrivateNetwork, outwardLinks } from "../network.js";
import { hostActions } from "./host-actions.js";
import { hostNetworkStepIds } from "./step-ids.js";

/** Limits where lab traffic may go, and translates its addresses: both follow the ways out. */
export function guardStep(lab: string, network: PrivateNetwork): Step {
  return step<Ruleset>({
    id: hostNetworkStepIds.guardHost,
    title: "Guard host",
    observe: seeRuleset,
    plan: (ruleset) => planGuard(lab, network, ruleset),
  });
}

function planGuard(lab: string, network: PrivateNetwork, ruleset: Ruleset): readonly Action[] {
  const { uplink, routes, lan, podCidr, serviceCidr } = network;
  const { bridge, subnet } = lan;
  const out = outwardLinks(network);
  const guard: HostGuard = {
    bridge,
    allowed: uplink === null ? [] : [uplink.name],
    routes: routes.filter((route) => route.interface !== uplink?.name),
    inside: [podCidr, serviceCidr, subnet],
  };
  const nat: Nat = { bridge, subnet, out };
  const beyond = guard.routes.map((route) => `to ${route.to} by ${route.interface}`);
  const ways = [...guard.allowed.map((name) => `to ${name}`), ...beyond];
  return hostActions([
    {
      when: !hasHostGuard(lab, guard, ruleset),
      kind: "change",
      sentence: `guard: let what comes from ${bridge} go ${ways.length === 0 ? "nowhere" : `only ${ways.join(", ")}`}`,
      run: () => applyHostGuard(lab, guard),
    },
    {
      when: !hasNat(lab, nat, ruleset),
      kind: "change",
      sentence:
        out.length === 0 ? "translate no address" : `translate ${subnet} to the host's address on ${out.join(", ")}`,
      run: () => applyNat(lab, nat),
    },
  ]);
}
