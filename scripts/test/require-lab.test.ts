import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labFiles, openLab } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { noLab } from "../src/require-lab.js";

const test = suite<{ dir: string }>("scripts require-lab");
test.before.each((context) => void (context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-require-"))));
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("a lab that was interrupted in its making is told from one that was never made", async ({ dir }) => {
  const lab = await openLab(join(dir, "lab.yaml"));
  assert.match(noLab(lab).message, "there is no lab yet. Run `npm run lab:up` first.");
  mkdirSync(join(dir, ".lab"));
  writeFileSync(join(dir, ".lab", labFiles.hostNetwork), "{}");
  assert.match(
    noLab(lab).message,
    "a lab was begun here, and is not complete yet. Run `npm run lab:up`, which continues",
  );
});

test.run();
