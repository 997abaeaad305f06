import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import { lineHeight, lineWidth, shorten, titleHeight, titleWidth } from "./measure-text.js";
import type { Edge, Element, Topology } from "./topology.js";

/** A picture whose parts have their places, in pixels from the upper left corner. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** What is drawn around others comes before these. */
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

export interface Box {
  readonly element: Element;
  /** What is written in it. */
  readonly text: BoxText;
  readonly isGroup: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface BoxText {
  readonly title: string;
  readonly lines: readonly string[];
  readonly condition: string;
}

export interface Line {
  readonly edge: Edge;
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** wide: from the router at the left to the pods at the right. tall: from top to bottom. */
export type Shape = "wide" | "tall";

/** Room within a box. */
export const inset = 10;
/** Room for the sign of what a box is, before its text. */
export const signWidth = 24;
const most = { title: 26, line: 30 };

/** Finds a place for everything. The library that does is large, so that it is loaded only here. */
export async function layOut({ elements, edges }: Pick<Topology, "elements" | "edges">, shape: Shape): Promise<Layout> {
  const { default: Elk } = await import("elkjs/lib/elk.bundled.js");
  // CommonJS: what a type checker takes for the class is a namespace that holds it.
  const Constructor = Elk as unknown as typeof Elk.default;
  const placed = await new Constructor().layout(graphOf(elements, edges, shape));
  const byId = new Map(elements.map((element) => [element.id, element]));
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    boxes: boxesIn(placed, byId, shape),
    lines: edges.map((edge, index) => ({ edge, points: pointsOf(placed, `edge ${index}`) })),
  };
}

function graphOf(elements: readonly Element[], edges: readonly Edge[], shape: Shape): ElkNode {
  return {
    id: "",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": shape === "wide" ? "RIGHT" : "DOWN",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.json.shapeCoords": "ROOT",
      "elk.json.edgeCoords": "ROOT",
      "elk.padding": shape === "wide" ? "[top=16,left=16,bottom=16,right=16]" : "[top=12,left=4,bottom=12,right=4]",
      "elk.spacing.nodeNode": shape === "wide" ? "22" : "10",
      "elk.spacing.edgeNode": "14",
      "elk.spacing.edgeEdge": "10",
      "elk.layered.spacing.nodeNodeBetweenLayers": "26",
      "elk.layered.spacing.edgeNodeBetweenLayers": "12",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
      "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
    },
    children: childrenOf(undefined, elements, shape),
    edges: edges.map(({ from, to }, index): ElkExtendedEdge => ({
      id: `edge ${index}`,
      sources: [from],
      targets: [to],
    })),
  };
}

function childrenOf(parent: string | undefined, elements: readonly Element[], shape: Shape): ElkNode[] {
  return elements
    .filter((element) => element.parent === parent)
    .map((element): ElkNode => {
      const children = childrenOf(element.id, elements, shape);
      const { width: own, height } = sizeOf(element, shape);
      // Boxes of a kind stand under each other on every node.
      const alike = elements.filter(({ kind, parent: each }) => kind === element.kind && each?.startsWith("node "));
      const width = element.parent?.startsWith("node ")
        ? Math.max(...alike.map((each) => sizeOf(each, shape).width))
        : own;
      const side = shape === "wide" ? 14 : 8;
      if (children.length === 0) return { id: element.id, width, height };
      return {
        id: element.id,
        children,
        layoutOptions: {
          "elk.padding": `[top=${height + 8},left=${side},bottom=14,right=${side}]`,
          "elk.nodeSize.constraints": "MINIMUM_SIZE",
          "elk.nodeSize.minimum": `(${width},${height})`,
        },
      };
    });
}

/** Returns what is written in a box, so short that it fits. Side by side, nodes must be narrow. */
function textOf({ kind, title, lines, condition }: Element, shape: Shape): BoxText {
  const folded = kind === "node" && shape === "wide" ? [lines.join(" ")] : lines;
  return { title: shorten(title, most.title), lines: folded.map((line) => shorten(line, most.line)), condition };
}

function sizeOf(element: Element, shape: Shape): { readonly width: number; readonly height: number } {
  const { title, lines, condition } = textOf(element, shape);
  const small = condition === "" ? lines : [...lines, `● ${condition}`];
  return {
    width: 2 * inset + signWidth + Math.max(titleWidth(title), ...small.map(lineWidth)),
    height: 2 * inset + titleHeight + lineHeight * small.length - 4,
  };
}

function boxesIn(node: ElkNode, byId: ReadonlyMap<string, Element>, shape: Shape): readonly Box[] {
  return (node.children ?? []).flatMap((child): readonly Box[] => {
    const element = byId.get(child.id);
    const inner = boxesIn(child, byId, shape);
    if (element === undefined) return inner;
    const { x = 0, y = 0, width = 0, height = 0 } = child;
    return [{ element, text: textOf(element, shape), isGroup: inner.length > 0, x, y, width, height }, ...inner];
  });
}

function pointsOf(placed: ElkNode, id: string): readonly Point[] {
  const edges = (placed.edges ?? []) as readonly ElkExtendedEdge[];
  const sections = edges.find((edge) => edge.id === id)?.sections ?? [];
  return sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
}
