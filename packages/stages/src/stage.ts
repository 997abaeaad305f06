import type { Cidr } from "@k3s-lab/ip";
import type { Lab, StateFile } from "@k3s-lab/lab";
import type { Facts, Step } from "@k3s-lab/steps";

/** The values of the stages, by their keys: what the chain so far has decided. */
export type Values = Readonly<Record<string, object>>;

/**
 * One link of the chain from lab.yaml to a lab that works. All that walk the chain (up, plan, down, status, doctor) call
 * the same functions, so that all of them speak of the same lab.
 */
export interface Stage<Key extends string = string, Value extends object = object, Upstream extends Values = Values> {
  /** The name of its package, which people use, too: "host-network". */
  readonly name: string;
  /** The key of its value among those of all stages: "hostNetwork". */
  readonly key: Key;
  /** The file that its value is recorded in. */
  readonly record: StateFile<Value>;
  /**
   * Throws where this host cannot carry the lab, whatever is installed: `lab:up`, `lab:plan` and `lab:fetch` call it before
   * anything is touched. Starts no process.
   */
  checkHost?(lab: Lab): void;
  /**
   * Throws where what lab.yaml only names, such as a file with a password, cannot be used: `lab:up` calls it before anything
   * is touched. Changes nothing.
   */
  checkNamed?(lab: Lab, signal: AbortSignal): Promise<void>;
  /** Returns the steps that fill its caches. They run before anything of the lab is made, beside those of other stages. */
  fetch(lab: Lab): readonly Step[];
  /** Decides what it should be: from lab.yaml, the values before it, and what was decided before. Changes nothing. */
  decide(decision: Decision<Value, Upstream>): Promise<Value>;
  /** Returns the steps that make that true. Of those that `fetch` has, too, by their ids, only fetch's are taken. */
  steps(
    wanted: Wanted<Upstream & Readonly<Record<Key, Value>>>,
    signal: AbortSignal,
  ): readonly Step[] | Promise<readonly Step[]>;
  /** Returns the steps that `doctor --fix` may take again on a lab that runs: they start and stop nothing. */
  repairs?(wanted: Running<Upstream & Readonly<Record<Key, Value>>>): readonly Step[];
  /**
   * Returns the steps that bring it to a standstill with all its data, found by what was recorded: `lab:stop` takes them, the
   * last stage first. Absent: nothing of it runs, or it stays for the next start, such as the host's side of the LAN.
   */
  stopping?(lab: Lab): readonly Step[];
  /** Returns the steps that remove it from the host, found by the lab's id, whatever was recorded. */
  removal(lab: Lab): readonly Step[];
  /** Describes how it is now, for `lab:status`; undefined where it was never made. */
  describe(lab: Lab, facts: Facts): Promise<object | undefined>;
  /** What an earlier stage does on its behalf. */
  readonly contributes?: Contribution<Upstream & Readonly<Record<Key, Value>>>;
  /** What it takes out of use before an earlier stage may remove it: nodes are drained before their machines go. */
  readonly leaves?: Leaving;
  /** Finds what can still be seen of a lab one of whose records was lost: in its own record, and in the world. */
  remains?(lab: Lab, facts: Facts): Promise<Remains>;
}

export interface Decision<Value extends object = object, Upstream extends Values = Values> {
  readonly lab: Lab;
  readonly upstream: Upstream;
  /** What the last `lab:up` recorded. */
  readonly recorded: Value | undefined;
  /** What still exists of the lab, where this stage's record was lost; empty otherwise. */
  readonly remains: Remains;
  readonly facts: Facts;
  /** Whether it may send packets to find out. A plan sends none. */
  readonly mayAsk: boolean;
  /** Whether it may send packets to ask again what nobody could answer: `lab:up` does, to find whether there is anything to do. */
  readonly mayAskAgain?: boolean;
  /** Tells a person what is worth knowing about the decision. */
  note(message: string): void;
  /**
   * Marks what was decided without asking, such as an address: each sentence of the plan that has this word is carried
   * out only on this condition, "if the address is free".
   */
  assume(word: string, condition: string): void;
}

export interface Wanted<Known extends Values = Values> {
  readonly lab: Lab;
  readonly values: Known;
  /** What later stages contribute. */
  readonly contributed: Contributed;
}

/** A lab as it was recorded, some of whose machines run. */
export interface Running<Known extends Values = Values> extends Omit<Wanted<Known>, "contributed"> {
  /** The names of the machines that run. */
  readonly running: ReadonlySet<string>;
}

interface Contribution<Known extends Values = Values> {
  /** The name of the earlier stage. */
  readonly to: string;
  /** Changes nothing. Besides its arguments it reads only what lab.yaml names, such as a file with a password. */
  parts(lab: Lab, values: Known, signal: AbortSignal): Promise<Contributed>;
}

interface Leaving {
  /** The name of the earlier stage, whose first steps these are. */
  readonly stage: string;
  /** Goes by what was recorded and what is there, because nothing is decided yet. */
  steps(lab: Lab): readonly Step[];
}

export interface Contributed {
  /** What must be done before the earlier stage begins: the secrets in its files are made. */
  readonly steps: readonly Step[];
  readonly files: readonly ContributedFile[];
  readonly images: readonly ContributedImage[];
  readonly objects: readonly ContributedObject[];
}

/** A file on every node for K3s to read. */
export interface ContributedFile {
  readonly path: string;
  readonly content: string;
  /** Permissions: 0o600. */
  readonly mode: number;
  /** The keys of lab.yaml that make its content: the place for what was edited on a node. */
  readonly keys: readonly string[];
  /** Whether K3s reads it when it starts and never again. */
  readonly isReadAtStart: boolean;
}

/** An image that one node alone runs: where K3s brings it, the other nodes need not have it. */
export interface ContributedImage {
  /** In full: "docker.io/library/registry:3". */
  readonly image: string;
  readonly node: string;
}

/**
 * An object that a cluster which starts for the first time gets as soon as its API answers, so that nothing waits for the
 * later stage, which looks after the object.
 */
export interface ContributedObject {
  /** In the API. */
  readonly path: string;
  readonly object: object;
}

/** What is left of a lab's network, which its nodes cannot change without being made again. */
export interface Remains {
  /** The private LAN. */
  readonly subnet?: Cidr | undefined;
  /** By the name of the node. */
  readonly addresses?: Readonly<Record<string, string>> | undefined;
  readonly podCidr?: Cidr | undefined;
  readonly serviceCidr?: Cidr | undefined;
}

/** Keeps a stage's own types inside, and erases them for all that walk a list of stages. */
export function stage<Key extends string, Value extends object, Upstream extends Values>(
  definition: Stage<Key, Value, Upstream>,
): Stage {
  return definition as unknown as Stage;
}
