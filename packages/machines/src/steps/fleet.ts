import { CommandFailed } from "@k3s-lab/exec";
import type { Facts } from "@k3s-lab/steps";
import { askAlong } from "../ask-along.js";
import { askNode } from "../ask-node.js";
import type { Fitness, HostedDriver, MachineState } from "../driver.js";
import type { Machine, Machines } from "../machine.js";
import { NotRunning } from "../not-running.js";
import { type AskMachine, type NodeFacts, observeNode, type WantedNode } from "../observe-node.js";
import { requireRoot } from "../require-root.js";
import { retry } from "../retry.js";
import { isSharing } from "../shared-address.js";

/** Milliseconds; longer than a container takes to reboot. */
const rebootTimeout = 5_000;
const pause = 100;

export interface MachineSeen {
  /** As it is wanted; of one that runs, with what its link and its service manager are found to be. */
  readonly machine: Machine;
  readonly state: MachineState;
  readonly fitness: Fitness;
  /** Of one that is outdated: the folders that alone stay on its disk when it is configured again. Absent: all of it stays. */
  readonly keeps?: readonly string[] | undefined;
  /** What a running machine tells of itself. */
  readonly facts?: NodeFacts;
}

const factOf = (name: string) => `machine ${name}`;

/** How a machine comes up again. */
export interface Restart {
  /** The folders that alone are left of its disk then. Absent: it has all of it. */
  readonly keeps?: readonly string[] | undefined;
}

/**
 * Tells whether a run that only plans has found that a machine would be started, and stopped before where it runs: what runs in it
 * then is seen, but will not be there. Undefined where it would not, and where the machines were not looked at in this run.
 */
export async function foreseeRestart(name: string, facts: Facts): Promise<Restart | undefined> {
  const seen = await facts.known<MachineSeen>(factOf(name));
  return seen !== undefined && seen.state !== "absent" && willStart(seen) ? { keeps: seen.keeps } : undefined;
}

/** Tells whether a machine is started: it stands still, or is stopped first for a change. */
export function willStart({ state, fitness }: MachineSeen): boolean {
  return state !== "running" || fitness === "outdated";
}

/** The machines as the steps see them. */
export class Fleet {
  readonly wanted: Machines;
  readonly driver: HostedDriver;

  constructor(wanted: Machines, driver: HostedDriver) {
    this.wanted = wanted;
    this.driver = driver;
  }

  /** Machines on the host that lab.yaml does not name any more. */
  async unwanted(): Promise<readonly string[]> {
    return (await this.driver.names()).filter((name) => !this.wanted.machines.some((machine) => machine.name === name));
  }

  wantedNode(machine: Machine): WantedNode {
    const { gateway, resolvers } = this.wanted;
    const sharedAddress = this.sharedAddress(machine);
    return { ...machine, gateway, resolvers, files: this.driver.files(machine), sharedAddress };
  }

  /** The address that a machine may hold besides its own. */
  sharedAddress(machine: Machine): string | undefined {
    return isSharing(machine, this.wanted) ? this.wanted.sharedAddress : undefined;
  }

  seeAll(facts: Facts): Promise<readonly MachineSeen[]> {
    return Promise.all(
      this.wanted.machines.map((machine) =>
        facts.get(factOf(machine.name), () =>
          this.#look(machine, facts.signal, (name, sections) =>
            askAlong(facts, this.driver, {
              machine: name,
              asker: "machine",
              sections,
              options: { signal: facts.signal },
            }),
          ),
        ),
      ),
    );
  }

  /** Looks at a machine, whatever has been seen of it before. */
  look(machine: Machine, signal: AbortSignal): Promise<MachineSeen> {
    return this.#look(machine, signal, (name, sections) => askNode(this.driver, name, sections, { signal }));
  }

  async #look(machine: Machine, signal: AbortSignal, ask: AskMachine): Promise<MachineSeen> {
    if (!(await this.driver.isMade(machine.name))) return { machine, state: "absent", fitness: "fit" };
    if (this.wanted.driver === "lxc") requireRoot("lab:plan");
    try {
      const facts = await retry(
        () => observeNode(ask, machine, this.driver.files(machine), this.sharedAddress(machine) !== undefined),
        {
          // A machine that shuts down or reboots ends what looks at it.
          mayPass: (error) => error instanceof CommandFailed && (error.exit !== undefined || error.wasKilled),
          every: pause,
          within: rebootTimeout,
          signal,
        },
      );
      const { link, serviceManager } = facts;
      const found = link === undefined ? machine : { ...machine, interface: link, serviceManager };
      const fit = link === undefined ? ({ fitness: "outdated" } as const) : await this.#fitness(machine, true);
      return { machine: found, state: "running", ...fit, facts };
    } catch (error) {
      if (!(error instanceof NotRunning)) throw error;
      return { machine, state: error.state, ...(await this.#fitness(machine, false)) };
    }
  }

  async #fitness(machine: Machine, isRunning: boolean): Promise<Pick<MachineSeen, "fitness" | "keeps">> {
    const fitness = await this.driver.fitness(machine, isRunning);
    const keeps = fitness === "outdated" ? await this.driver.keeps?.(machine) : undefined;
    return { fitness, ...(keeps !== undefined && { keeps }) };
  }
}
