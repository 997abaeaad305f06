import { type Bar, type StepBars, stagesOf } from "./bars.js";
import type { Piece } from "./critical-path.js";
import type { NodeEvent } from "./node-event.js";

/** One `up`, as the picture shows it. Times are milliseconds since the command was started. */
export interface Upping {
  readonly took: number;
  readonly steps: readonly StepBars[];
  /** In the order of time. */
  readonly events: readonly NodeEvent[];
  readonly nodes: readonly string[];
  readonly path: readonly Piece[];
}

/** A stretch of a row. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  /** "step" is a whole step, behind its actions; "nothing" a time in which nothing was under way. */
  readonly kind: "step" | Piece["kind"];
  readonly isCritical: boolean;
  readonly title: string;
}

/** A line of the picture: a heading has no marks. */
export interface ChartRow {
  readonly label: string;
  readonly isHeading?: boolean;
  readonly marks: readonly Mark[];
  /** What is written behind the last mark. */
  readonly note?: string;
}

/** The share of the whole from which on a piece of the critical path has a row of its own. */
const worthARow = 0.015;

/** Lays out the rows: the critical path, then the stages, then the nodes. */
export function rowsOf(up: Upping): readonly ChartRow[] {
  return [
    ...pathRows(up),
    ...stagesOf(up.steps).flatMap((stage) => stageRows(stage, up)),
    ...up.nodes.flatMap((node) => nodeRows(node, up)),
  ];
}

/** Renders milliseconds: "1.70 s". */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function pathRows({ path, took }: Upping): readonly ChartRow[] {
  const isLong = ({ from, to }: Piece) => to - from >= took * worthARow;
  const mark = ({ from, to, kind, title }: Piece): Mark => ({ from, to, kind, title, isCritical: true });
  const rest = path.filter((piece) => !isLong(piece));
  const sum = rest.reduce((all, { from, to }) => all + to - from, 0);
  return [
    heading(`Critical path: what had to be waited for, ${seconds(took)}`),
    ...path.filter(isLong).map((piece) => row(piece.title, [mark(piece)], piece.to - piece.from)),
    ...(rest.length === 0
      ? []
      : [{ label: `${rest.length} shorter pieces`, marks: rest.map(mark), note: seconds(sum) }]),
  ];
}

function stageRows(stage: string, { steps, path }: Upping): readonly ChartRow[] {
  const own = steps.filter((step) => step.stage === stage);
  const idle = own.filter(({ actions }) => actions.length === 0);
  const [from, to] = [Math.min(...own.map((step) => step.from)), Math.max(...own.map((step) => step.to))];
  return [
    heading(`Stage ${stage}: ${seconds(from)} to ${seconds(to)}`),
    ...own.filter(({ actions }) => actions.length > 0).flatMap((step) => stepRows(step, path)),
    ...(idle.length === 0
      ? []
      : [
          row(
            `${idle.length} step${idle.length === 1 ? "" : "s"} with nothing to do`,
            idle.flatMap(({ looks }) => looks.flatMap((look) => marksOf(look, path))),
            idle.reduce((sum, step) => sum + step.to - step.from, 0),
          ),
        ]),
  ];
}

function stepRows({ title, from, to, actions, looks }: StepBars, path: readonly Piece[]): readonly ChartRow[] {
  const whole: Mark = { from, to, kind: "step", title, isCritical: false };
  const looking = looks.flatMap((look) => marksOf(look, path).filter(({ isCritical }) => isCritical));
  return [
    row(title, [whole, ...looking], to - from),
    ...actions.map((action) => row(`    ${action.title}`, marksOf(action, path), action.to - action.from)),
  ];
}

/** A bar, and over it what of it is on the critical path. */
function marksOf(bar: Bar, path: readonly Piece[]): readonly Mark[] {
  const { from, to, kind, title } = bar;
  const critical = path.filter((piece) => piece.bar === bar);
  return [
    { from, to, kind, title, isCritical: false },
    ...critical.map((piece): Mark => ({ from: piece.from, to: piece.to, kind, title, isCritical: true })),
  ];
}

/** An event's bar begins with the event before it on the same node. */
function nodeRows(node: string, { events, path }: Upping): readonly ChartRow[] {
  const own = events.filter((event) => event.node === node);
  if (own.length === 0) return [];
  return [
    heading(`Node ${node}`),
    ...own.map((event, index): ChartRow => {
      const { at, what, isRough } = event;
      const from = own[index - 1]?.at ?? at;
      const critical = path.filter((piece) => piece.event === event);
      const marks = [
        { from, to: at, kind: "node", title: what, isCritical: false } as const,
        ...critical.map((piece): Mark => ({ from: piece.from, to: at, kind: "node", title: what, isCritical: true })),
      ];
      return { label: what, marks, note: `at ${seconds(at)}${isRough ? ", to the second" : ""}` };
    }),
  ];
}

function heading(label: string): ChartRow {
  return { label, isHeading: true, marks: [] };
}

function row(label: string, marks: readonly Mark[], took: number): ChartRow {
  return { label, marks, note: seconds(took) };
}
