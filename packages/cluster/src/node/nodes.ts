import { CommandFailed } from "@k3s-lab/exec";
import { nodeGuardFiles, nodeGuardSection } from "@k3s-lab/guard";
import {
  type Answers,
  announceSections,
  askAlong,
  askNode,
  type Driver,
  filesSection,
  foreseeRestart,
  type Machine,
  type MachineState,
  NotRunning,
} from "@k3s-lab/machines";
import type { ServiceManager } from "@k3s-lab/service-manager";
import { type Action, type Facts, type Step, step } from "@k3s-lab/steps";
import { configFiles, type DesiredNode, environmentFile } from "../config/node-files.js";
import { certificatesSection } from "../certificates.js";
import { managerOf, serviceOf } from "../config/service.js";
import { labPaths } from "../paths.js";
import { type Lookup, lookupSection } from "./lookup.js";
import { afterRestart, k3sSection, nothingSeen, type NodeSeen } from "./node-seen.js";

/** The part of a machine's driver that the steps use. */
export type NodeDriver = Pick<Driver, "state" | "exec" | "write" | "copyIn" | "linkIn" | "timeoutFactor">;

/**
 * How often a node's question to CoreDNS may be lost before nobody is said to answer: of several pods one may have died a moment ago,
 * and Services lead to it until Kubernetes hears of that. A pod's resolver asks again, too.
 */
const dnsTries = 4;

/** What a look asks of a node. */
type LookSections = Readonly<{
  files: ReturnType<typeof filesSection>;
  k3s: ReturnType<typeof k3sSection>;
  guard: ReturnType<typeof nodeGuardSection>;
  certificates: typeof certificatesSection;
  lookup?: ReturnType<typeof lookupSection>;
}>;

/** The nodes that a lab should have, and how they are looked at. */
export class Nodes {
  readonly driver: NodeDriver;
  readonly #desired: ReadonlyMap<string, DesiredNode>;
  readonly #lastSeenOf: (name: string) => NodeSeen | undefined;

  /** `lastSeenOf`: tells what is known of a node whose machine stands still, by its name. */
  constructor(
    driver: NodeDriver,
    desired: readonly DesiredNode[],
    lastSeenOf: (name: string) => NodeSeen | undefined = () => undefined,
  ) {
    this.driver = driver;
    this.#lastSeenOf = lastSeenOf;
    this.#desired = new Map(desired.map((each) => [each.machine.name, each]));
  }

  get machines(): readonly Machine[] {
    return [...this.#desired.values()].map(({ machine }) => machine);
  }

  /** The names of the servers; the cluster begins on the first. */
  get servers(): readonly string[] {
    return this.machines.filter(({ role }) => role === "server").map(({ name }) => name);
  }

  desired(name: string): DesiredNode {
    const desired = this.#desired.get(name);
    if (desired === undefined) throw new Error(`no node ${name}`);
    return desired;
  }

  /** Returns the name of K3s' service on a node, and what starts it. */
  service(name: string): { readonly service: string; readonly manager: ServiceManager } {
    const { machine } = this.desired(name);
    return { service: serviceOf(machine).name, manager: managerOf(machine) };
  }

  /** Returns a timeout in milliseconds, for machines that may be slower than the ones it was measured on. */
  within(usual: number): number {
    return usual * this.driver.timeoutFactor;
  }

  /** Looks at a node once, however many steps ask. The first look of a run also asks for CoreDNS. */
  see(name: string, facts: Facts): Promise<NodeSeen> {
    const { isUntouched, signal } = facts;
    const asker = this.#factOf(name, isUntouched);
    return facts.get(asker, async ({ elapsed }) => {
      const sections = this.#sections(name, isUntouched);
      const seen = await this.#look(name, signal, () =>
        askAlong(facts, this.driver, { machine: name, asker, sections, options: { signal } }),
      );
      const restart = await foreseeRestart(name, facts);
      if (restart !== undefined) return afterRestart(seen, restart);
      return { ...seen, isNew: seen.age !== undefined && seen.age * 1000 < elapsed };
    });
  }

  /** Tells what the first look asks, so that a look before it asks it along. */
  announce(facts: Facts): void {
    for (const name of this.#desired.keys()) {
      announceSections(facts, name, this.#factOf(name, true), this.#sections(name, true));
    }
  }

  async seeAll(facts: Facts): Promise<ReadonlyMap<string, NodeSeen>> {
    return this.#ofEach((name) => this.see(name, facts));
  }

  /** Looks at a node now: for an action that has just changed it. */
  look(name: string, signal: AbortSignal): Promise<NodeSeen> {
    return this.#look(name, signal, () => askNode(this.driver, name, this.#sections(name, false), { signal }));
  }

  /**
   * Tells whether CoreDNS answers the pods of each node. The first look of a run has asked it along, which spares a run
   * with nothing to do a process for each machine. Later looks have not: while K3s is being started, a lookup only costs
   * the seconds of its timeout.
   */
  lookups(facts: Facts): Promise<ReadonlyMap<string, Lookup | undefined>> {
    const asked = facts.isUntouched;
    return facts.get("lookups of all nodes", async ({ signal }) => {
      const seen = asked ? await this.seeAll(facts) : undefined;
      return this.#ofEach(async (name) => {
        let lookup = seen === undefined ? await this.#lookUp(name, signal) : seen.get(name)?.lookup;
        for (let lost = 1; lookup === "failed" && lost < dnsTries; lost++) lookup = await this.#lookUp(name, signal);
        return lookup;
      });
    });
  }

  /** Asks CoreDNS now, from a pod of each node that has one. */
  lookUp(signal: AbortSignal): Promise<ReadonlyMap<string, Lookup | undefined>> {
    return this.#ofEach((name) => this.#lookUp(name, signal));
  }

  async #lookUp(name: string, signal: AbortSignal): Promise<Lookup | undefined> {
    const section = lookupSection(this.desired(name).cluster.clusterDns);
    const ask = () => askNode(this.driver, name, { lookup: section }, { signal });
    const answers = await this.#answersOf(name, signal, ask);
    return isState(answers) ? undefined : answers.lookup;
  }

  async #ofEach<Value>(ask: (name: string) => Promise<Value>): Promise<ReadonlyMap<string, Value>> {
    return new Map(await Promise.all([...this.#desired.keys()].map(async (name) => [name, await ask(name)] as const)));
  }

  /** The small files of a node that matter to the steps. */
  #files(name: string): readonly string[] {
    const desired = this.desired(name);
    const guardFiles = nodeGuardFiles(desired.cluster, managerOf(desired.machine).name);
    const files = [...configFiles(desired), environmentFile(desired, []), ...guardFiles].map(({ path }) => path);
    return [...files, labPaths.token, labPaths.agentToken, labPaths.certificates];
  }

  /** Names what is asked of a node: where other files matter, it is something else. */
  #factOf(name: string, asksDns: boolean): string {
    return `K3s on ${name}, ${asksDns ? "CoreDNS, " : ""}${this.#files(name).join(" ")}`;
  }

  #sections(name: string, asksDns: boolean): LookSections {
    const { machine, cluster } = this.desired(name);
    return {
      files: filesSection(this.#files(name)),
      k3s: k3sSection(machine),
      guard: nodeGuardSection(cluster),
      certificates: certificatesSection,
      ...(asksDns && { lookup: lookupSection(cluster.clusterDns) }),
    };
  }

  async #look(name: string, signal: AbortSignal, ask: () => Promise<Answers<LookSections>>): Promise<NodeSeen> {
    const answers = await this.#answersOf(name, signal, ask);
    if (isState(answers)) {
      const known = answers === "absent" ? undefined : this.#lastSeenOf(name);
      return known ?? { ...nothingSeen, isAbsent: answers === "absent" };
    }
    const { files, k3s, ...others } = answers;
    if (files === undefined || k3s === undefined) {
      throw new CommandFailed(name, "could not tell what it has of K3s", "", 1);
    }
    return { isRunning: true, files, ...k3s, ...others };
  }

  /** Asks a node; resolves with the machine's state where it does not exist or does not run. */
  async #answersOf<Asked>(
    name: string,
    signal: AbortSignal,
    ask: () => Promise<Answers<Asked>>,
  ): Promise<Answers<Asked> | MachineState> {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof NotRunning) return error.state;
      // A host that has never had a machine may lack what would enter it.
      const state = error instanceof CommandFailed ? await this.driver.state(name) : "running";
      if (state === "running") throw error;
      return state;
    }
  }
}

/** Returns what agents join with, as any server has written it: all have the same authority. */
export function joinTokenOf(nodes: Pick<Nodes, "servers">, all: ReadonlyMap<string, NodeSeen>): string | undefined {
  return nodes.servers.flatMap((name) => all.get(name)?.joinToken ?? [])[0];
}

function isState<Other extends object>(answers: Other | MachineState): answers is MachineState {
  return typeof answers === "string";
}

interface PerNode {
  readonly id: string;
  readonly title: string;
  /** What to do about one node; undefined for one that is as it should be. */
  plan(name: string, seen: NodeSeen, all: ReadonlyMap<string, NodeSeen>): Action | undefined;
}

/** Makes a step of what has to be true of every node, whatever the others are; all nodes at the same time. */
export function perNode(nodes: Nodes, { id, title, plan }: PerNode): Step {
  return step<ReadonlyMap<string, NodeSeen>>({
    id,
    title,
    parallel: true,
    announce: (facts) => nodes.announce(facts),
    observe: (facts) => nodes.seeAll(facts),
    plan: (all) => [...all].flatMap(([name, seen]) => plan(name, seen, all) ?? []),
  });
}
