import type { Extent } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CopyProgress, parseLayerLine } from "../src/copy-progress.js";
import { LayerBytes } from "../src/layer-bytes.js";

const test = suite("images copy-progress");
const bar = "[====================>-----------------]";

test("what skopeo prints of a layer is understood in each of its forms", () => {
  const layer = "47a606483bfc";
  assert.equal(parseLayerLine(`Copying blob ${layer} ${bar} 32.0MiB / 57.2MiB`), {
    layer,
    done: 33_554_432,
    total: 59_978_547,
  });
  // 1.18 of Debian 13.
  assert.equal(parseLayerLine(`\u001B[2A\u001B[JCopying blob ${layer} ${bar} 512.0b / 1.0KiB | 20.1 MiB/s\r`), {
    layer,
    done: 512,
    total: 1024,
  });
  assert.equal(parseLayerLine(`Copying blob ${layer} done  \r`), { layer, state: "copied" });
  assert.equal(parseLayerLine(`Copying blob ${layer} skipped: already exists`), { layer, state: "there already" });
  assert.equal(parseLayerLine(`Copying blob sha256:${layer}${"0".repeat(52)}`), { layer, state: "begun" });
  assert.is(parseLayerLine("Getting image source signatures"), undefined);
});

/** What is reported of these lines, one of which comes every second. */
function reported(lines: readonly string[]) {
  const said: [message: string, extent?: Extent][] = [];
  let clock = 0;
  const { line } = new CopyProgress(
    (message, extent) => said.push(extent === undefined ? [message] : [message, extent]),
    () => clock,
  );
  for (const text of lines) {
    line(text);
    clock += 1000;
  }
  return said;
}

test("bytes are told of each layer and of the image, and nothing twice", () => {
  const [a, b] = ["a".repeat(12), "b".repeat(12)];
  const said = reported([
    "Getting image source signatures",
    `Copying blob ${a} ${bar} 1.0KiB / 2.0KiB`,
    `Copying blob ${b} ${bar} 2.0KiB / 4.0KiB`,
    `Copying blob ${a} done`,
    `Copying blob ${a} done`,
    `Copying blob ${b} done`,
    `Copying config ${"c".repeat(12)} done`,
    `Copying config ${"c".repeat(12)} done`,
    "Writing manifest to image destination",
  ]);
  const bytes = (of: string, done: number, total: number) => ({ of, done, total, unit: "bytes" });
  assert.equal(
    said.flatMap(([, extent]) => extent ?? []),
    [
      bytes(`layer ${a}`, 1024, 2048),
      bytes(`layer ${b}`, 2048, 4096),
      bytes("image", 3072, 6144),
      bytes(`layer ${a}`, 2048, 2048),
      bytes("image", 4096, 6144),
      bytes(`layer ${b}`, 4096, 4096),
      bytes("image", 6144, 6144),
    ],
  );
  assert.equal(
    said.flatMap(([message, extent]) => (extent === undefined ? [message] : [])),
    [`copying layer ${a}`, `copying layer ${b}`, "copying configuration cccccccccccc", "writing manifest"],
  );
});

test("a layer that is there already is told so, and has no bytes", () => {
  const said = reported(["Copying blob aaaaaaaaaaaa skipped: already exists"]);
  assert.equal(said, [["layer aaaaaaaaaaaa is in the registry already"]]);
});

test("of a flood of lines no more is told than a person can read", () => {
  const said: string[] = [];
  const { line } = new CopyProgress(
    (message) => said.push(message),
    () => 0,
  );
  for (let done = 0; done <= 1000; done++) line(`Copying blob ${"a".repeat(12)} ${bar} ${done}.0b / 1000.0b`);
  assert.is(said.length, 3);
});

test("a layer that is larger than was thought ends at its end", () => {
  const said: (Extent | undefined)[] = [];
  const layers = new LayerBytes((_, extent) => said.push(extent));
  layers.copied("aaaaaaaaaaaa", 1500, 1000);
  layers.ended("aaaaaaaaaaaa");
  assert.equal(said, [undefined, { of: "layer aaaaaaaaaaaa", done: 1000, total: 1000, unit: "bytes" }]);
});

test.run();
