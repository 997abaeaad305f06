import type { NodeConfig } from "@k3s-lab/lab";
import { countOf, type Plan } from "@k3s-lab/stages";
import { type ActionKind, type Colour, type Paint, plainPaint, type PlannedAction } from "@k3s-lab/steps";
import { type Change, groupPlan, type PlanGroup } from "./group-plan.js";

type Nodes = readonly Pick<NodeConfig, "name" | "role">[];
type Shown = Pick<Plan, "fetch" | "stages" | "notes" | "obstacle" | "replaces">;

const marks: Readonly<Record<ActionKind, readonly [mark: string, colour: Colour, does: string]>> = {
  make: ["+", "green", "made"],
  change: ["~", "yellow", "changed"],
  remove: ["-", "red", "removed"],
  restart: ["↻", "cyan", "started"],
  check: ["·", "dim", "checked"],
};

/** Renders a plan for a person, and what to do with it. */
export function renderPlan(plan: Shown, nodes: Nodes, paint: Paint = plainPaint): string {
  const count = countOf(plan.fetch, plan.stages);
  if (isEmpty(plan)) return renderChanges(plan, nodes, paint);
  const does = destroyedBy(plan).length === 0 ? "carries them out" : "asks, and carries them out";
  const conditional = actionsOf(plan).filter(({ provided }) => provided);
  const ofThem = conditional.length === 0 ? "" : `, ${conditional.length} of them conditional`;
  const next = `${counted(count, "action")}${ofThem}. Nothing was touched; \`npm run lab:up\` ${does}.`;
  return [renderChanges(plan, nodes, paint), "", next].join("\n");
}

/** Renders what becomes of each thing, a line a change. */
export function renderChanges(plan: Shown, nodes: Nodes, paint: Paint = plainPaint): string {
  const { notes, obstacle, replaces } = plan;
  const told = notes.map((note) => `${paint("yellow", "Note:")} ${note}`);
  if (isEmpty(plan)) return [...told, "Nothing to do: the lab is as lab.yaml asks."].join("\n");
  const names = nodes.map(({ name }) => name);
  const roles = new Map(nodes.map(({ name, role }) => [name, role]));
  const groups = groupPlan(plan, names);
  const groupLines = groups.flatMap((group) => [
    "",
    headingOf(group, roles, paint),
    ...group.changes.map((change) => lineOf(change, paint)),
  ]);
  return [
    paint("bold", headlineOf(plan, names)),
    ...(replaces === undefined ? [] : [`${replaces.subject}: ${replaces.what}`]),
    ...(groups.length === 0 ? [] : [legendOf(groups, paint)]),
    ...groupLines,
    ...(told.length === 0 ? [] : ["", ...told]),
    ...(replaces === undefined ? [] : ["", "Then the lab is made from scratch, as by a first `npm run lab:up`."]),
    ...(obstacle === undefined ? [] : ["", `${paint("red", "lab:up would stop here:")} ${obstacle.message}`]),
  ].join("\n");
}

function isEmpty({ fetch, stages, obstacle, replaces }: Shown): boolean {
  return countOf(fetch, stages) === 0 && obstacle === undefined && replaces === undefined;
}

function legendOf(groups: readonly PlanGroup[], paint: Paint): string {
  const used = new Set(groups.flatMap(({ changes }) => changes.map(({ kind }) => kind)));
  const words = Object.entries(marks).filter(([kind]) => used.has(kind as ActionKind));
  return words.map(([, [mark, colour, does]]) => `${paint(colour, mark)} ${paint("dim", does)}`).join("  ");
}

function headingOf({ names }: PlanGroup, roles: ReadonlyMap<string, string>, paint: Paint): string {
  const [first = ""] = names;
  const isPlace = ["host", "cluster", "registry"].includes(first);
  const what = [...new Set(names.map((name) => roles.get(name) ?? "not in lab.yaml"))].join(", ");
  return `${paint("bold", names.join(", "))}${isPlace ? "" : ` ${paint("dim", `(${what})`)}`}`;
}

function lineOf({ kind, text, provided, interrupts, destroys }: Change, paint: Paint): string {
  const [mark, colour] = marks[kind];
  const effects = [
    ...(provided === undefined ? [] : [paint("dim", provided)]),
    ...(interrupts.length === 0 ? [] : [paint("yellow", `interrupts ${interrupts.join("; ")}`)]),
    ...(destroys.length === 0 ? [] : [paint("red", `destroys ${destroys.join("; ")}`)]),
  ];
  return `  ${paint(colour, mark)} ${text}${effects.map((effect) => ` (${effect})`).join("")}`;
}

/** Returns what a plan destroys that cannot be made again. */
export function destroyedBy(plan: Pick<Plan, "fetch" | "stages">): readonly string[] {
  return actionsOf(plan).flatMap(({ destroys }) => destroys ?? []);
}

/** How many actions of a plan are of each kind. */
export function countsOf(plan: Pick<Plan, "fetch" | "stages">): Readonly<Record<ActionKind, number>> {
  const kinds = actionsOf(plan).map(({ kind }) => kind);
  const of = (kind: ActionKind) => kinds.filter((each) => each === kind).length;
  return {
    make: of("make"),
    change: of("change"),
    remove: of("remove"),
    restart: of("restart"),
    check: of("check"),
  };
}

function actionsOf({ fetch, stages }: Pick<Plan, "fetch" | "stages">): readonly PlannedAction[] {
  return [...fetch, ...stages].flatMap(({ actions }) => actions);
}

/** Sums a plan up in a line: "1 machine to remove, 2 nodes to change; 5 actions". */
export function headlineOf(plan: Pick<Plan, "fetch" | "stages" | "replaces">, nodes: readonly string[]): string {
  const { fetch, stages, replaces } = plan;
  const fates = fatesOf(plan);
  const nodesOf = (fate: Fate) => [...fates].filter(([, each]) => each === fate).length;
  const kindsOn = (place: string) =>
    stages.flatMap(({ actions }) =>
      // What may have happened by itself by then is in the list alone.
      actions.flatMap(({ on, kind, provided }) => (on === place && kind !== "check" && !provided ? [kind] : [])),
    );
  const places = ["host", "cluster", "registry"].filter((place) => kindsOn(place).length > 0);
  // The host is there already, whatever is made on it.
  const isMade = (place: string) => place !== "host" && kindsOn(place).every((kind) => kind === "make");
  const parts = [
    part(nodesOf("make"), "machine", "to make"),
    part(nodesOf("remove"), "machine", "to remove"),
    part(nodesOf("start"), "machine", "to start"),
    part(nodesOf("restart"), "machine", "to restart"),
    part(nodesOf("upgrade"), "node", "to upgrade"),
    part(nodesOf("restart K3s"), "node", "to restart K3s on"),
    part(nodesOf("start K3s"), "node", "to start K3s on"),
    part(nodesOf("forget"), "node", "to take out of the cluster"),
    part(nodesOf("change"), "node", "to change"),
    ...(replaces === undefined
      ? [
          placesPart(places.filter(isMade), "to make"),
          placesPart(
            places.filter((place) => !isMade(place)),
            "to change",
          ),
        ]
      : [part(nodes.length, "machine", "to rebuild")]),
    part(fetch.flatMap(({ actions }) => actions).length, "thing", "to fetch"),
  ].filter((each) => each !== undefined);
  const count = countOf(fetch, stages);
  const what = parts.length > 0 ? parts.join(", ") : count > 0 ? "nothing to change" : "nothing to do";
  return `${what}; ${counted(count, "action")}`;
}

/** Says what is about to be done where nothing of the lab exists, and nothing need be looked at. */
export function headlineOfNew(nodes: readonly string[]): string {
  return `${counted(nodes.length, "machine")} to make, with K3s and a registry on them`;
}

type Fate = "make" | "remove" | "start" | "restart" | "upgrade" | "restart K3s" | "start K3s" | "forget" | "change";

/** What becomes of each node: the gravest of what is done to it. */
function fatesOf({ stages }: Pick<Plan, "stages">): ReadonlyMap<string, Fate> {
  const fates = new Map<string, Fate>();
  const order: readonly Fate[] = [
    "remove",
    "make",
    "restart",
    "start",
    "upgrade",
    "restart K3s",
    "start K3s",
    "forget",
    "change",
  ];
  for (const { stage, actions } of stages) {
    for (const action of actions) {
      const fate = fateIn(stage, action);
      const { on } = action;
      const known = fates.get(on);
      if (fate === undefined || ["host", "cluster", "registry"].includes(on)) continue;
      if (known === undefined || order.indexOf(fate) < order.indexOf(known)) fates.set(on, fate);
    }
  }
  return fates;
}

function fateIn(stage: string, { step, kind, interrupts }: PlannedAction): Fate | undefined {
  if (kind === "check") return undefined;
  if (step === "upgrade-servers" || step === "upgrade-agents") return "upgrade";
  const isOfMachine = stage === "machines";
  if (kind === "remove") return isOfMachine ? "remove" : interrupts === undefined ? "change" : "forget";
  if (kind === "make") return isOfMachine ? "make" : "change";
  if (kind === "change") return "change";
  if (isOfMachine) return interrupts === undefined ? "start" : "restart";
  return interrupts === undefined ? "start K3s" : "restart K3s";
}

function part(count: number, what: string, todo: string): string | undefined {
  return count === 0 ? undefined : `${counted(count, what)} ${todo}`;
}

function placesPart(places: readonly string[], todo: string): string | undefined {
  if (places.length === 0) return undefined;
  const named = places.map((place) => `the ${place}`);
  const last = named.at(-1);
  return `${named.length === 1 ? last : `${named.slice(0, -1).join(", ")} and ${last}`} ${todo}`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
