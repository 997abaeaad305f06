import { findOwners } from "@k3s-lab/host-network";
import { heardOn, type Lan } from "@k3s-lab/host-network/network";
import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";
import type { Machine } from "../machine.js";
import { type Fleet, type MachineSeen, willStart } from "./fleet.js";

type Asked = Pick<Machine, "name" | "address" | "mac">;

/**
 * Before machines start on a LAN that others are on: no other host may have their addresses. The LAN is asked by an
 * action, so that a plan sends nothing.
 */
export function checkAddressesStep(fleet: Fleet): Step {
  const { lan } = fleet.wanted;
  return step<readonly MachineSeen[]>({
    id: "check-addresses",
    title: "Check addresses",
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) => {
      const starting = seen.filter(willStart).map(({ machine }) => machine);
      const machines = [...starting, ...sharedBy(fleet, starting)];
      if (lan.kind === "private" || machines.length === 0) return [];
      return [
        {
          on: "host",
          kind: "check",
          sentence: `host: ask the LAN whether another host has ${machines.map(({ address }) => address).join(", ")}`,
          unobservable: true,
          run: ({ signal }) => refuseDuplicates(lan, machines, signal),
        },
      ];
    },
  });
}

/** The servers' shared address: while one of them runs, that one may have it. */
function sharedBy({ wanted }: Fleet, starting: readonly Machine[]): readonly Asked[] {
  const servers = wanted.machines.filter(({ role }) => role === "server");
  const { sharedAddress } = wanted;
  if (sharedAddress === undefined || starting.filter(({ role }) => role === "server").length < servers.length)
    return [];
  return [{ name: "the servers", address: sharedAddress, mac: servers[0]?.mac ?? "" }];
}

async function refuseDuplicates(lan: Lan, machines: readonly Asked[], signal: AbortSignal): Promise<void> {
  // Beside the nodes-to-be: what sits on the host's interface, too, hears the shim and not the interface.
  const questions = machines.map(({ address, mac }) => ({ address, ownMac: mac }));
  const owners = await findOwners(heardOn(lan), questions, { signal });
  const [first] = owners;
  if (first === undefined) return;
  const name = machines.find(({ address }) => address === first.address)?.name ?? first.address;
  const taken = owners.map(({ address, mac }) => `${address} is taken by ${mac}`).join("; ");
  throw new Problem("LAB-MCH-013", name, `${taken}: another host on the LAN has the address`, {
    remedy: `Give ${name} another one with ${name === "the servers" ? "cluster" : "nodes"}.address in lab.yaml, or free this one; a router that lends it by DHCP must not.`,
  });
}
