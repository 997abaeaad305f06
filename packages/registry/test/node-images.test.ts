// The import of an archive as a node does it, by a shell of this host in the place of the node.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import type { Extent } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { importOn } from "../src/node-images.js";
import type { Nodes } from "../src/world.js";

const test = suite<{ archive: string; dir: string }>("registry: images on nodes");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-node-images-"));
  context.archive = join(context.dir, "image.tar");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** A node whose containerd is this program. */
const nodeOf = (importer: string): Pick<Nodes, "exec" | "timeoutFactor"> => ({
  timeoutFactor: 1,
  exec: (_, [shell = "", ...args], options) => run(shell, [...args.slice(0, 4), "sh", "-c", importer], options),
});

test("bytes are told while the archive is read, and that it is unpacked then", async ({ archive }) => {
  writeFileSync(archive, Buffer.alloc(3_000_000));
  const said: [message: string, extent?: Extent][] = [];
  const slow = "head -c 1000000 >/dev/null; sleep 0.6; cat >/dev/null; sleep 0.6";
  await importOn("multi", archive, nodeOf(slow), {
    archive,
    progress: (...each: [string, Extent?]) => void said.push(each),
  });
  const at = (done: number) => ({ of: "multi", done, total: 3_000_000, unit: "bytes" });
  const halfWay = said.find(([message]) => message === "multi: importing image.tar");
  assert.ok(halfWay !== undefined && (halfWay[1]?.done ?? 0) < 3_000_000, JSON.stringify(said));
  assert.equal(said.slice(-2), [["multi: importing image.tar", at(3_000_000)], ["multi: unpacking image.tar"]]);
  assert.ok(said.length < 20, `${said.length} reports in about a second`);
});

test("an import that is over before anybody looks is told whole", async ({ archive }) => {
  writeFileSync(archive, "small");
  const told: (Extent | undefined)[] = [];
  await importOn("multi", archive, nodeOf("cat >/dev/null"), {
    archive,
    progress: (_: string, extent?: Extent) => void told.push(extent),
  });
  assert.equal(
    told.findLast((extent) => extent !== undefined),
    { of: "multi", done: 5, total: 5, unit: "bytes" },
  );
});

test("an import that fails is a failure, with what it said", async ({ archive }) => {
  writeFileSync(archive, "no archive");
  const failed = await importOn("multi", archive, nodeOf("echo unrecognized format >&2; exit 3"), { archive }).catch(
    String,
  );
  assert.match(String(failed), /ended with exit code 3:\nunrecognized format/);
});

test.run();
