import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailed } from "@k3s-lab/exec";
import type { Fitness, HostedDriver, MachineState } from "../driver.js";
import type { Machine, Machines } from "../machine.js";
import { NotRunning } from "../not-running.js";
import { factsCommand, type NodeFacts, parseFacts, type WantedNode } from "../observe-node.js";
import { requireRoot } from "../require-root.js";

/** Together longer than a machine takes to reboot. */
const attempts = 30;
const pause = 100;

export interface MachineSeen {
  /** As it is wanted; of one that runs, with what its link and its service manager are found to be. */
  readonly machine: Machine;
  readonly state: MachineState;
  readonly fitness: Fitness;
  /** What a running machine says of itself. */
  readonly facts?: NodeFacts;
}

/** The machines as the steps see them: each is looked at once, and again only after something was done to it. */
export class Fleet {
  readonly driver: HostedDriver;
  readonly #wanted: Machines;
  readonly #seen = new Map<string, Promise<MachineSeen>>();

  constructor(wanted: Machines, driver: HostedDriver) {
    this.#wanted = wanted;
    this.driver = driver;
  }

  /** What lies on the host and lab.yaml does not name any more. */
  unwanted(): readonly string[] {
    const wanted = new Set(this.#wanted.machines.map(({ name }) => name));
    return this.driver.names().filter((name) => !wanted.has(name));
  }

  get wanted(): Machines {
    return this.#wanted;
  }

  wantedNode(machine: Machine): WantedNode {
    const { gateway, resolvers } = this.#wanted;
    return { ...machine, gateway, resolvers, files: this.driver.files(machine) };
  }

  seeAll(signal: AbortSignal): Promise<readonly MachineSeen[]> {
    return Promise.all(this.#wanted.machines.map((machine) => this.#see(machine, signal)));
  }

  /** To be called once an action has changed a machine. */
  forget(name: string): void {
    this.#seen.delete(name);
  }

  async look(machine: Machine, signal: AbortSignal): Promise<MachineSeen> {
    const { name } = machine;
    if (!this.driver.isMade(name)) return { machine, state: "absent", fitness: "fit" };
    if (this.#wanted.driver === "lxc") requireRoot("lab:plan");
    const command = factsCommand(machine, this.driver.files(machine));
    for (let attempt = 1; ; attempt++) {
      try {
        const { stdout } = await this.driver.exec(name, command, { signal });
        const facts = parseFacts(stdout);
        const { link, serviceManager } = facts;
        if (link === undefined) return { machine, state: "running", fitness: "outdated", facts };
        const fitness = this.driver.fitness(machine, true);
        return { machine: { ...machine, interface: link, serviceManager }, state: "running", fitness, facts };
      } catch (error) {
        if (error instanceof NotRunning) {
          return { machine, state: error.state, fitness: this.driver.fitness(machine, false) };
        }
        // A machine that shuts down or reboots ends what looks at it.
        if (!(error instanceof CommandFailed) || error.exit === undefined || attempt === attempts) throw error;
      }
      await sleep(pause, undefined, { signal });
    }
  }

  #see(machine: Machine, signal: AbortSignal): Promise<MachineSeen> {
    const known = this.#seen.get(machine.name);
    if (known) return known;
    const looking = this.look(machine, signal);
    this.#seen.set(machine.name, looking);
    // A look that failed is none.
    looking.catch(() => this.#seen.delete(machine.name));
    return looking;
  }
}
