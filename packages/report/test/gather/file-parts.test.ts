import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fileParts } from "../../src/gather/file-parts.js";

const test = suite("report file-parts");

test("records are taken, and no file that holds keys or passwords alone", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-report-files-"));
  mkdirSync(join(dir, ".lab"));
  for (const name of ["secrets.json", "registry-keys.json", "registry.json", "cluster.json", "registry-password"]) {
    writeFileSync(join(dir, ".lab", name), "{}");
  }
  const lab = await openLab(join(dir, "lab.yaml"), { anyConfig: true });
  const paths = fileParts(lab, 10).map(({ path }) => path);
  rmSync(dir, { recursive: true });
  assert.equal(paths.toSorted(), ["configuration.json", "lab.yaml", "lab/cluster.json", "lab/registry.json"]);
});

test.run();
