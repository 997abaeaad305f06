import { seeRuleset } from "../observe-host.js";
import { applyHostGuard, readHostGuard, type Ruleset } from "@k3s-lab/guard";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { applyNat, hasNat } from "../firewall/nat.js";
import type { PrivateNetwork } from "../network.js";
import { hostActions } from "./host-actions.js";
import { hostNetworkStepIds } from "./step-ids.js";

/** Limits where lab traffic may go, and translates its addresses: both follow the uplink. */
export function guardStep(lab: string, network: PrivateNetwork): Step {
  return step<Ruleset>({
    id: hostNetworkStepIds.guardHost,
    title: "Guard host",
    observe: seeRuleset,
    plan: (ruleset) => planGuard(lab, network, ruleset),
  });
}

function planGuard(lab: string, network: PrivateNetwork, ruleset: Ruleset): readonly Action[] {
  const { uplink, lan } = network;
  const allowed = uplink === null ? [] : [uplink.name];
  const guard = readHostGuard(lab, ruleset);
  const wanted = [...new Set([lan.bridge, ...allowed])].toSorted();
  const nat = { ...lan, uplink: uplink?.name };
  return hostActions([
    {
      when: guard?.bridge !== lan.bridge || guard.allowed.join() !== wanted.join(),
      sentence: `guard: let what comes from ${lan.bridge} go ${uplink === null ? "nowhere" : `only to ${uplink.name}`}`,
      run: () => applyHostGuard(lab, { bridge: lan.bridge, allowed }),
    },
    {
      when: !hasNat(lab, nat, ruleset),
      sentence:
        uplink === null ? "translate no address" : `translate ${lan.subnet} to the host's address on ${uplink.name}`,
      run: () => applyNat(lab, nat),
    },
  ]);
}
