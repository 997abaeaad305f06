// The power of a lab's host is cut twenty times while pushes, writes and snapshots run: what was acknowledged stays.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emulateHost, isRoot, rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import { driveLab, type DrivenLab } from "./drive-lab.js";
import { cutPower, nothingYet } from "./power-cuts.js";

const test = suite("power cuts");
const realTest = rootOnly("power cuts", test);
const cuts = Number(process.env.K3S_LAB_CUTS ?? 20);
const known = nothingYet();

let world: World;
let lab: DrivenLab;
const kept = mkdtempSync(join(tmpdir(), "k3s-lab-snapshots-"));
process.env.K3S_LAB_SNAPSHOTS = kept;

test.before(async () => {
  if (!isRoot) return;
  world = await emulateHost({ lifetime: 60 * 60_000 });
  lab = await driveLab(world.host, "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n");
  await lab.npmOk("lab:up");
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  rmSync(kept, { recursive: true, force: true });
});

for (let cut = 1; cut <= cuts; cut++) {
  realTest(`after cut ${cut} of ${cuts} all is there that was acknowledged`, () =>
    cutPower({ host: world.host, lab }, cut, known),
  );
}

test.run();
