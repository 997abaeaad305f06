#!/usr/bin/env node
import { rmSync } from "node:fs";
import { checkName, listSnapshots, snapshotFolder, snapshotsDir } from "@k3s-lab/snapshots";
import { Problem } from "@k3s-lab/problem";
import { commands } from "./commands.js";
import { renderSnapshots, snapshotAsJson } from "./list-snapshots.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.snapshots, async ({ flag, value }) => {
  const listed = listSnapshots();
  const name = value("remove");
  if (name === undefined) {
    console.log(
      flag("json")
        ? JSON.stringify(listed.map(snapshotAsJson), undefined, 2)
        : renderSnapshots(listed, snapshotsDir(), new Date()),
    );
    return;
  }
  if (!listed.some((each) => each.name === checkName(name))) {
    throw new Problem("LAB-SNP-004", name, `is no snapshot in ${snapshotsDir()}`, {
      remedy: "`npm run lab:snapshots` lists them.",
    });
  }
  rmSync(snapshotFolder(name), { recursive: true });
  console.log(`The snapshot ${name} is gone.`);
});
