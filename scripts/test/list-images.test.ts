import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderImages } from "../src/list-images.js";

const test = suite("scripts list-images");
const on = (bytes: number, ...references: readonly string[]) => ({ references, id: "sha256:aa", bytes });

test("each image is a line that tells where it is, by the name that a person writes", () => {
  const stored = [{ name: "hello:1", digest: "sha256:bb", bytes: 1_200_000 }];
  const pause = "docker.io/rancher/mirrored-pause:3.6";
  const text = renderImages({
    registry: { name: "multi:5000", images: stored },
    nodes: [
      { node: "multi", images: [on(3_000_000, "multi:5000/hello:1", "docker.io/library/hello:1"), on(500, pause)] },
      { node: "agent1", images: [on(500, pause), on(7, `docker.io/library/old@sha256:${"ab".repeat(32)}`)] },
    ],
  });
  assert.equal(text.split("\n"), [
    "IMAGE                       IN REGISTRY  ON NODE  NODES",
    "hello:1                     -            3.0 MB   multi",
    "old@sha256:abababababab     -            7 B      agent1",
    "rancher/mirrored-pause:3.6  -            500 B    all",
    "multi:5000/hello:1          1.2 MB       3.0 MB   multi",
  ]);
});

test("what the caches hold has a column where a lab has caches", () => {
  const text = renderImages({
    registry: { name: "multi:5000", images: [] },
    cache: [{ name: "docker.io/library/hello:1", digest: "sha256:bb", bytes: 5_000 }],
    nodes: [{ node: "multi", images: [on(9_000, "docker.io/library/hello:1", "quay.io/a/b:1")] }],
  });
  assert.equal(text.split("\n"), [
    "IMAGE          IN REGISTRY  IN CACHE  ON NODE  NODES",
    "hello:1        -            5.0 kB    9.0 kB   multi",
    "quay.io/a/b:1  -            -         9.0 kB   multi",
  ]);
});

test("a registry that does not answer, and a node that stands still, are spoken of", () => {
  const text = renderImages({
    registry: { name: "multi:5000", images: undefined },
    nodes: [
      { node: "multi", images: [] },
      { node: "agent1", images: undefined },
    ],
  });
  assert.match(
    text,
    /The registry multi:5000 does not answer\.\n\nNot running, so not asked: agent1\. `npm run lab:start`/,
  );
});

test.run();
