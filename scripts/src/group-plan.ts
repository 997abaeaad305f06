import type { Plan } from "@k3s-lab/stages";
import type { ActionKind, PlannedAction } from "@k3s-lab/steps";

/** A change as a plan shows it: without the name of what it is about, which stands above. */
export interface Change {
  readonly kind: ActionKind;
  readonly text: string;
  readonly provided: string | undefined;
  /** Of every node of the group: "agent1's pods". */
  readonly interrupts: readonly string[];
  readonly destroys: readonly string[];
}

/** What becomes of one thing, or of several nodes of which the same becomes. */
export interface PlanGroup {
  /** Names of nodes; or "host", "cluster", "registry". */
  readonly names: readonly string[];
  readonly changes: readonly Change[];
}

const behindNodes = ["cluster", "registry"];

/**
 * Groups a plan by what its actions are about: the host, the nodes in their order, those that lab.yaml does not name any more,
 * the cluster and the registry. Nodes of which the same becomes, but for addresses, are one group.
 */
export function groupPlan(
  { fetch, stages }: Pick<Plan, "fetch" | "stages">,
  nodes: readonly string[],
): readonly PlanGroup[] {
  const actions = [...fetch, ...stages].flatMap((stage) => stage.actions);
  const found = [...new Set(actions.map(({ on }) => on))];
  const known = ["host", ...nodes, ...behindNodes];
  const gone = found.filter((name) => !known.includes(name));
  const folds = new Map<string, { readonly name: string; readonly actions: readonly PlannedAction[] }[]>();
  for (const name of ["host", ...nodes, ...gone, ...behindNodes]) {
    const own = actions.filter(({ on }) => on === name);
    if (own.length === 0) continue;
    const key = JSON.stringify(own.map((action) => shapeOf(name, action)));
    folds.set(key, [...(folds.get(key) ?? []), { name, actions: own }]);
  }
  return [...folds.values()].map((fold) => ({
    names: fold.map(({ name }) => name),
    changes: (fold[0]?.actions ?? []).map((_, index) => changeOf(fold.flatMap((each) => each.actions[index] ?? []))),
  }));
}

const address = /\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d+)?\b/g;

/** What nodes must have in common to be shown as one: all of an action but the node's own name and addresses. */
function shapeOf(name: string, action: PlannedAction): unknown {
  const { kind, provided, interrupts, destroys } = action;
  const nameless = [interrupts, destroys].map((effect) => effect?.replaceAll(name, ""));
  return [kind, textOf(action).replaceAll(address, ""), provided, ...nameless];
}

function textOf({ on, sentence }: Pick<PlannedAction, "on" | "sentence">): string {
  return sentence.startsWith(`${on}: `) ? sentence.slice(on.length + 2) : sentence;
}

/** Makes one change of the same action of several nodes: an address that differs is replaced by all of them. */
function changeOf(actions: readonly PlannedAction[]): Change {
  const [first] = actions;
  if (first === undefined) throw new Error("a group of no node");
  const addresses = actions.map((action) => textOf(action).match(address) ?? []);
  let slot = 0;
  const text = textOf(first).replaceAll(address, () => {
    const at = slot++;
    return [...new Set(addresses.map((each) => each[at]))].join(", ");
  });
  const effects = (effect: "interrupts" | "destroys") => [
    ...new Set(actions.flatMap((action) => action[effect] ?? [])),
  ];
  return {
    kind: first.kind,
    text,
    provided: first.provided,
    interrupts: effects("interrupts"),
    destroys: effects("destroys"),
  };
}
