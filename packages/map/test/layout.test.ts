import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildTopology } from "../src/build-topology.js";
import { type Box, layOut, type Shape } from "../src/layout.js";
import { bridged, healthy, inDocker, looping } from "./fixtures/labs.js";

const test = suite("map: layout");

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const contains = (outer: Box, inner: Box) =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

for (const [name, seen] of Object.entries({ healthy, looping, bridged, inDocker })) {
  for (const shape of ["wide", "tall"] as const satisfies readonly Shape[]) {
    test(`${name}, ${shape}: every box has its place, within its parent and beside its siblings`, async () => {
      const topology = buildTopology(seen);
      const { boxes, lines, width, height } = await layOut(topology, shape);
      assert.is(boxes.length, topology.elements.length);
      const byId = new Map(boxes.map((box) => [box.element.id, box]));
      for (const box of boxes) {
        const parent = box.element.parent === undefined ? undefined : byId.get(box.element.parent);
        assert.ok(parent === undefined || contains(parent, box), box.element.id);
        const header = 20 + 15 * ((parent?.text.lines.length ?? 0) + 1);
        assert.ok(
          parent === undefined || box.y >= parent.y + header,
          `${box.element.id} leaves room for its parent's name`,
        );
        assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height);
        for (const other of boxes) {
          const siblings = other !== box && other.element.parent === box.element.parent;
          assert.not.ok(siblings && overlap(box, other), `${box.element.id} and ${other.element.id}`);
        }
      }
      for (const { edge, points } of lines) {
        assert.ok(points.length >= 2, `${edge.from} – ${edge.to}`);
        const [first, last] = [points[0]!, points.at(-1)!];
        const touches = (id: string, { x, y }: { x: number; y: number }) => {
          const box = byId.get(id)!;
          const [right, bottom] = [box.x + box.width, box.y + box.height];
          return x >= box.x - 1 && x <= right + 1 && y >= box.y - 1 && y <= bottom + 1;
        };
        assert.ok(touches(edge.from, first) && touches(edge.to, last), `${edge.from} – ${edge.to}`);
      }
    });
  }
}

test("names of any length fit: they are shortened in the picture alone", async () => {
  const name = "a".repeat(63);
  const topology = buildTopology({
    ...healthy,
    nodes: healthy.nodes.map((node) => ({ ...node, name: `${name}-${node.name}` })),
  });
  const { boxes } = await layOut(topology, "wide");
  for (const { text } of boxes) assert.ok([...text.title].length <= 26, text.title);
});

test("the same topology is laid out the same", async () => {
  const topology = buildTopology(healthy);
  assert.equal(await layOut(topology, "wide"), await layOut(topology, "wide"));
});

test.run();
