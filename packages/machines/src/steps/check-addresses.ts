import { findOwners, heardOn, type Lan } from "@k3s-lab/host-network";
import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";
import type { Machine } from "../machine.js";
import type { Fleet, MachineSeen } from "./fleet.js";

/**
 * Before machines start on a LAN that others are on: nobody may have their addresses. The LAN is asked by an action, so
 * that a plan sends nothing.
 */
export function checkAddressesStep(fleet: Fleet): Step {
  const { lan } = fleet.wanted;
  const asked = new Set<string>();
  return step<readonly MachineSeen[]>({
    id: "check-addresses",
    title: "Check addresses",
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) => {
      const machines = seen.filter(({ state }) => state !== "running").map(({ machine }) => machine);
      const unasked = machines.filter(({ name }) => !asked.has(name));
      if (lan.kind === "private" || unasked.length === 0) return [];
      const addresses = unasked.map(({ address }) => address).join(", ");
      return [
        {
          sentence: `host: ask the LAN whether somebody has ${addresses}`,
          run: async ({ signal }) => {
            await refuseDuplicates(lan, unasked, signal);
            for (const { name } of unasked) asked.add(name);
          },
        },
      ];
    },
  });
}

async function refuseDuplicates(
  lan: Exclude<Lan, { kind: "private" }>,
  machines: readonly Machine[],
  signal: AbortSignal,
): Promise<void> {
  // Beside the nodes-to-be: what sits on the host's interface, too, hears the shim and not the interface.
  const questions = machines.map(({ address, mac }) => ({ address, ownMac: mac }));
  const owners = await findOwners(heardOn(lan), questions, { signal });
  const [first] = owners;
  if (first === undefined) return;
  const name = machines.find(({ address }) => address === first.address)?.name ?? first.address;
  const taken = owners.map(({ address, mac }) => `${address} is taken by ${mac}`).join("; ");
  throw new Problem("LAB-MCH-013", name, `${taken}: somebody else on the LAN has the address`, {
    remedy: `Give ${name} another one with nodes.address in lab.yaml, or free this one; a router that lends it by DHCP must not.`,
  });
}
