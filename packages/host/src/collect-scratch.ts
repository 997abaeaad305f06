import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Step, step } from "@k3s-lab/steps";
import { bytesIn } from "./bytes-in.js";
import { day, type Outdated, removal } from "./cache-entries.js";
import { caller } from "./caller.js";
import { scratchParent, scratchUse } from "./scratch-folder.js";

/** Days after which a folder goes whose process cannot be looked for: no push takes as long. */
const fewestDays = 1;

interface Searched {
  /** The age at which folders go of which nobody can tell whether they are in use. */
  readonly days: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly now?: number;
}

/** Removes the scratch folders of processes that were killed. `freed` hears of the bytes of each. */
export function collectScratchStep(searched: Searched, freed: (bytes: number) => void): Step {
  return step<readonly Outdated[]>({
    id: "collect-scratch",
    title: "Collect scratch folders",
    observe: async () =>
      Promise.all(leftFolders(searched).map(async (entry) => ({ entry, bytes: await bytesIn([entry.name]) }))),
    plan: (seen) => seen.map((each) => removal(each, freed)),
  });
}

function leftFolders({ days, env = process.env, now = Date.now() }: Searched): readonly Outdated["entry"][] {
  const parent = scratchParent(env);
  const owners = new Set([process.getuid?.(), caller(env).uid]);
  return readdirSync(parent).flatMap((name): readonly Outdated["entry"][] => {
    const use = scratchUse(name);
    if (use === undefined || use === "used") return [];
    const path = join(parent, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    // Anybody may make something of this name here: what others own is not for root to follow.
    if (!stat?.isDirectory() || !owners.has(stat.uid)) return [];
    if (use === "unknown" && now - stat.mtimeMs < Math.max(days, fewestDays) * day) return [];
    const remove = async () => rmSync(path, { recursive: true, force: true });
    return [{ what: "scratch folder", name: path, changed: stat.mtimeMs, remove }];
  });
}
