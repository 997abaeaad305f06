// What the pages show as lab.yaml is one.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@k3s-lab/problem";
import { openLab } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../drive-lab.js";
import { findPages } from "./page.js";

const test = suite("lab.yaml in the pages");

let dir: string;
test.before(() => {
  dir = mkdtempSync(join(tmpdir(), "k3s-lab-pages-"));
});
test.after(() => rmSync(dir, { recursive: true, force: true }));

/** Tells why a text is no lab.yaml; undefined where it is one. */
async function faultOf(text: string): Promise<string | undefined> {
  const file = join(dir, "lab.yaml");
  writeFileSync(file, text);
  return openLab(file).then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
}

test("each YAML block of docs/ can be written into lab.yaml", async () => {
  const pages = (await findPages()).filter(({ file }) => file.startsWith("docs/"));
  const blocks = pages.flatMap(({ file, blocks: all }) =>
    // A list is a pipeline's steps.
    all
      .filter(({ language, text }) => language === "yaml" && !text.startsWith("- "))
      .map(({ text }) => ({ file, text })),
  );
  assert.ok(blocks.length >= 12, "blocks are found");
  const faults: string[] = [];
  for (const { file, text } of blocks) {
    const fault = await faultOf(text);
    if (fault !== undefined) faults.push(`${file}: ${text}\n${fault}`);
  }
  assert.equal(faults, []);
});

test("a key that lab.yaml does not have is found", async () => {
  assert.match((await faultOf("network: { mod: bridged }")) ?? "", /network\.mod/);
  assert.is(await faultOf(""), undefined);
});

test("the labs of the examples are labs", async () => {
  for (const file of ["lab.example.yaml", "examples/ci/lab.yaml", "examples/seed/lab.yaml"]) {
    const { config } = await openLab(join(root, file));
    assert.ok(config.nodes.length >= 2, file);
  }
});

test.run();
