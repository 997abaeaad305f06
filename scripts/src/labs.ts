#!/usr/bin/env node
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemDir, takeLock } from "@k3s-lab/host";
import { abandonedLab, type Lab, type LabPlace, openLab, placeDirs, readPlaces } from "@k3s-lab/lab";
import { diskOf, findLabs, type FoundLab, requireRootFor } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { seconds } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { commands } from "./commands.js";
import { listLabs, renderLabs } from "./list-labs.js";
import { type FlagsOf, type Invocation, runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";
import { takeDown } from "./take-down.js";

await runCommand(commands.labs, async (invocation) => {
  const { flag, value } = invocation;
  const places = readPlaces();
  const found = await findLabs();
  const id = value("remove");
  if (id !== undefined) return remove(id, { invocation, places, found });
  const disks = await Promise.all(found.map(async (lab) => [lab.id, await diskOf(lab)] as const));
  const labs = listLabs({ places, found, disks: new Map(disks) });
  console.log(flag("json") ? JSON.stringify(labs, undefined, 2) : renderLabs(labs));
  return 0;
});

interface Removal {
  readonly invocation: Invocation<FlagsOf<typeof commands.labs>>;
  readonly places: readonly LabPlace[];
  readonly found: readonly FoundLab[];
}

async function remove(id: string, { invocation, places, found }: Removal): Promise<number> {
  const { command, flag, signal } = invocation;
  const place = places.find((each) => each.id === id);
  const seen = found.find((each) => each.id === id);
  if (place === undefined && seen === undefined) throw noSuchLab(command, id, [...places, ...found]);
  const labs = await labsOf(id, place, seen);
  for (const lab of labs) {
    const elsewhere = await becomeRoot(lab, "labs");
    if (elsewhere !== undefined) return elsewhere;
    requireRootFor(lab, `labs -- --remove ${id}`);
  }
  const started = performance.now();
  using _lock = takeLock(lockOf(id, labs), command);
  // Awaited here, so that the lock is held until then.
  return await runReported(invocation, { command: "labs", json: flag("json") }, async ({ report, conclude }) => {
    for (const lab of labs) await takeDown(lab, report, signal);
    conclude(`Lab ${id} is gone (${seconds(performance.now() - started)}).`);
  });
}

/** The lock of a lab whose folder is gone lies elsewhere: its folder must not come back by it. */
function lockOf(id: string, [lab]: readonly Lab[]): string {
  if (lab !== undefined && existsSync(lab.state.dir)) return lab.state.path("lock");
  return join(process.getuid?.() === 0 ? systemDir : placeDirs().user, `${id}.lock`);
}

/** Opens the lab by its folder, if that exists; or else makes one of what is known, for each that may have machines of it. */
async function labsOf(id: string, place: LabPlace | undefined, seen: FoundLab | undefined): Promise<readonly Lab[]> {
  if (place !== undefined && existsSync(dirname(place.file))) {
    const lab = await openLab(place.file, { anyConfig: true, anyFolder: true });
    if (lab.id === id) return [lab];
  }
  if (place !== undefined) return [abandonedLab(place)];
  const { providers = [], hasNetwork } = seen ?? {};
  // No such folder: what was recorded there is not known.
  const file = join(placeDirs().root, `${id}.folder`, "lab.yaml");
  return (providers.length === 0 ? (["lxc"] as const) : providers).map((provider) => {
    const isContainer = provider === "lxc" || provider === "docker";
    const mode = hasNetwork || isContainer ? "private" : "bridged";
    return abandonedLab({ id, name: "k3s-lab", file, provider, mode });
  });
}

function noSuchLab(command: string, id: string, known: readonly { readonly id: string }[]): Problem {
  const ids = [...new Set(known.map((each) => each.id))].toSorted();
  const expected = ids.length === 0 ? "and this host has none" : `expected one of ${ids.join(", ")}`;
  return new Problem("LAB-CLI-021", command, `no lab has the id ${id}, ${expected}`, {
    remedy: "`npm run labs` lists them.",
  });
}
