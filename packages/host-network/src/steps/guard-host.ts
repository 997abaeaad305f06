import { seeRuleset } from "../observe-host.js";
import { applyHostGuard, readHostGuard, type Ruleset } from "@k3s-lab/guard";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { applyNat, hasNat } from "../firewall/nat.js";
import type { PrivateNetwork } from "../network.js";
import { hostAction } from "./host-action.js";
import { hostNetworkStepIds } from "./step-ids.js";

/** Limits where lab traffic may go, and translates its addresses: both follow the uplink. */
export function guardStep(lab: string, network: PrivateNetwork): Step {
  return step<Ruleset>({
    id: hostNetworkStepIds.guardHost,
    title: "Guard host",
    observe: (facts) => seeRuleset(facts),
    plan: (ruleset) => planGuard(lab, network, ruleset),
  });
}

function planGuard(lab: string, network: PrivateNetwork, ruleset: Ruleset): Action[] {
  const { uplink, lan } = network;
  const actions: Action[] = [];
  const act = (sentence: string, change: () => Promise<void>) => actions.push(hostAction(sentence, change));
  const allowed = uplink === null ? [] : [uplink.name];
  const guard = readHostGuard(lab, ruleset);
  const wanted = [...new Set([lan.bridge, ...allowed])].toSorted();
  if (guard?.bridge !== lan.bridge || guard.allowed.join() !== wanted.join()) {
    const reach = uplink === null ? "nowhere" : `only to ${uplink.name}`;
    act(`guard: let what comes from ${lan.bridge} go ${reach}`, () =>
      applyHostGuard(lab, { bridge: lan.bridge, allowed }),
    );
  }
  const nat = { ...lan, uplink: uplink?.name };
  if (!hasNat(lab, nat, ruleset)) {
    const sentence =
      uplink === null ? "translate no address" : `translate ${lan.subnet} to the host's address on ${uplink.name}`;
    act(sentence, () => applyNat(lab, nat));
  }
  return actions;
}
