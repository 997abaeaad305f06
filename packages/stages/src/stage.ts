import type { Lab, StateFile } from "@k3s-lab/lab";
import type { Facts, Step } from "@k3s-lab/steps";

/** The values of the stages, by their keys: what the list so far has decided. */
export type Values = Readonly<Record<string, object>>;

/**
 * One link of the chain from lab.yaml to a lab that works. Whoever walks the chain (up, plan, down, status, doctor)
 * calls the same functions, so that all of them speak of the same lab.
 */
export interface Stage<Key extends string = string, Value extends object = object, Upstream extends Values = Values> {
  /** The package that it is, and what people call it: "host-network". */
  readonly name: string;
  /** What the stages behind it find its value by: "hostNetwork". */
  readonly key: Key;
  /** Where its value is recorded. */
  readonly record: StateFile<Value>;
  /** What fills the caches. Runs before anything of the lab is made, beside the other stages' fetching. */
  fetch(lab: Lab): readonly Step[];
  /** What it should be: from the configuration, the values before it, and what was decided before. Changes nothing. */
  decide(decision: Decision<Value, Upstream>): Promise<Value>;
  /** What makes that true. */
  steps(wanted: Wanted<Upstream & Readonly<Record<Key, Value>>>): readonly Step[];
  /** Which steps `doctor --fix` may take again on a lab that runs: they start and stop nothing. */
  repairs?(wanted: Running<Upstream & Readonly<Record<Key, Value>>>): readonly Step[];
  /** What takes it off the host, found by the lab's id, whatever was recorded. */
  removal(lab: Lab): readonly Step[];
  /** Describes how it is now, for `lab:status`; undefined where it was never made. */
  describe(lab: Lab, facts: Facts): Promise<object | undefined>;
  /** What it wants an earlier stage to do on its behalf. */
  readonly contributes?: Contribution<Upstream & Readonly<Record<Key, Value>>>;
  /** What of earlier stages' values can still be seen of a lab whose records are lost. */
  remains?(lab: Lab, facts: Facts): Promise<Remains>;
}

export interface Decision<Value extends object = object, Upstream extends Values = Values> {
  readonly lab: Lab;
  readonly upstream: Upstream;
  /** What the last `lab:up` recorded. */
  readonly recorded: Value | undefined;
  /** What stands of a lab whose records are lost; nothing of one that is whole. */
  readonly remains: Remains;
  readonly facts: Facts;
  /** Whether it may ask what only a packet can tell. A plan sends none. */
  readonly mayAsk: boolean;
  /** Tells a person what is worth knowing of the decision. */
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

/** A lab as it was recorded, of which some machines run. */
export interface Running<Known extends Values = Values> extends Omit<Wanted<Known>, "contributed"> {
  /** The names of the machines that run. */
  readonly running: ReadonlySet<string>;
}

interface Contribution<Known extends Values = Values> {
  /** The name of the earlier stage. */
  readonly to: string;
  /** Pure. */
  parts(lab: Lab, values: Known): Contributed;
}

export interface Contributed {
  readonly files: readonly ContributedFile[];
  readonly images: readonly ContributedImage[];
}

/** A file on every node that K3s reads when it starts. */
export interface ContributedFile {
  readonly path: string;
  readonly content: string;
}

/** An image that one node alone runs: where K3s brings it, the other nodes need not have it. */
export interface ContributedImage {
  /** In full: "docker.io/library/registry:3". */
  readonly image: string;
  readonly node: string;
}

export interface Remains {
  /** The private LAN: "10.76.0.0/24". */
  readonly subnet?: string;
  /** By the name of the node. */
  readonly addresses?: Readonly<Record<string, string>>;
  readonly podCidr?: string;
  readonly serviceCidr?: string;
}

/** Keeps a stage's own types inside, and erases them for whoever walks a list of stages. */
export function stage<Key extends string, Value extends object, Upstream extends Values>(
  definition: Stage<Key, Value, Upstream>,
): Stage {
  return definition as unknown as Stage;
}
