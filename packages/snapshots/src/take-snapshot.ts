import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readCluster } from "@k3s-lab/cluster";
import { ensurePrograms, giveFolderToCaller, giveToCaller, makeForCaller } from "@k3s-lab/host";
import { readHostNetwork } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import {
  disksOf,
  longestFreeze,
  type Machine,
  machinesRecord,
  type MachineState,
  madeAgain,
  openDriver,
} from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { type Step, step, type Work } from "@k3s-lab/steps";
import writeFileAtomic from "write-file-atomic";
import { backUpStore, checkStore, storeFiles, storeOf, storePrograms } from "./back-up-store.js";
import { describeFile } from "./checksums.js";
import { whileFrozen } from "./freeze.js";
import { namingFullDisk } from "./full-disk.js";
import { disksIn, listSnapshots, type Manifest } from "./manifest.js";
import { snapshotFiles, snapshotsDir } from "./places.js";
import { recordsOf } from "./records.js";

export interface Snapshooting {
  readonly name: string;
  readonly version: string;
}

/** Refuses, before anything is touched, what could not be taken. */
export function checkSnapshot(lab: Pick<Lab, "id" | "state">, name: string): void {
  disksOf(lab);
  if (listSnapshots().some((each) => each.name === name)) {
    throw new Problem("LAB-SNP-003", name, `exists in ${snapshotsDir()}, and is not replaced`, {
      remedy: `Choose another name, or remove it: \`npm run lab:snapshots -- --remove ${name}\`.`,
    });
  }
}

/** Archives the lab into a folder of the caller's, all at once or not at all. */
export function takeSnapshotStep(lab: Lab, taking: Snapshooting, done: (manifest: Manifest) => void): Step {
  const folder = join(snapshotsDir(), taking.name);
  const names = machinesOf(lab).map(({ name }) => name);
  return step<boolean>({
    id: "take-snapshot",
    title: "Take the snapshot",
    observe: async () => existsSync(folder),
    plan: (isTaken) =>
      isTaken
        ? []
        : [
            {
              on: "cluster",
              kind: "change",
              interrupts: `the lab, for ${longestFreeze} seconds at most`,
              sentence: `archive the disks of ${names.join(", ")}`,
              keepsFacts: true,
              run: async (context) => {
                const manifest = await take(lab, taking, folder, context);
                context.note(wordFrozen(manifest));
                done(manifest);
              },
            },
          ],
  });
}

function wordFrozen({ frozen }: Manifest): string {
  return frozen === 0 ? "no machine ran" : `the machines were frozen for ${(frozen / 1000).toFixed(2)} s`;
}

async function take(lab: Lab, { name, version }: Snapshooting, folder: string, work: Work): Promise<Manifest> {
  const { signal } = work;
  const partial = join(snapshotsDir(), `.${lab.id}.partial`);
  makeForCaller(snapshotsDir());
  // What a run that was killed has left: the lab's lock is held, so none is at work on it.
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  giveToCaller(partial);
  try {
    const instant = await namingFullDisk(snapshotsDir(), () => archive(lab, partial, work));
    writeJson(join(partial, snapshotFiles.records), recordsOf(lab));
    const files = await Promise.all(readdirSync(partial).map((file) => describeFile(partial, file, signal)));
    const manifest = { ...describe(lab), name, ...instant, versions: { ...versionsOf(lab), k3sLab: version }, files };
    writeJson(join(partial, snapshotFiles.manifest), { schema: 1, ...manifest });
    giveFolderToCaller(partial);
    renameSync(partial, folder);
    return { schema: 1, ...manifest };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Archives all disks: twice while machines run, so that little is left for the third time, when they stand still. */
async function archive(
  lab: Lab,
  folder: string,
  { signal, progress }: Work,
): Promise<Pick<Manifest, "taken" | "frozen">> {
  const machines = machinesOf(lab);
  const names = machines.map(({ name }) => name);
  const archived = disksIn(machines);
  const server = machines.find(({ role }) => role === "server")?.name ?? "";
  const disks = disksOf(lab);
  const driver = openDriver(lab);
  const states = await Promise.all(names.map(async (name) => ({ name, state: await driver.state(name) })));
  refuseMissing(states);
  const running = states.flatMap(({ name, state }) => (state === "running" ? name : []));
  await using open = await disks.open(archived, folder);
  const store = storeOf(open, server);
  if (store !== undefined) await ensurePrograms(storePrograms, { install: lab.config.host.install, note: progress });
  const without = store === undefined ? madeAgain : [...madeAgain, storeFiles];
  const all = (level: number, state: "running" | "frozen", stop: AbortSignal) =>
    Promise.all(archived.map((name) => open.archive(name, level, state, { without, signal: stop })));
  for (const level of [0, 1]) {
    progress(level === 0 ? "archiving while the machines run" : "archiving what has changed meanwhile");
    await all(level, "running", signal);
  }
  const taken = new Date().toISOString();
  const frozen = await whileFrozen(
    disks,
    running,
    async (stop) => {
      await Promise.all([all(2, "frozen", stop), store && backUpStore(store, folder, server, stop)]);
    },
    signal,
  );
  if (frozen === undefined) throw tooLong(names);
  progress("compressing what was archived last");
  if (store !== undefined) await checkStore(folder, server, signal);
  await open.pack(signal);
  return { taken, frozen: Math.round(frozen) };
}

/** Refuses a lab of which a machine is gone: there is no disk to archive, and in Docker an empty one would be. */
export function refuseMissing(states: readonly { readonly name: string; readonly state: MachineState }[]): void {
  const missing = states.flatMap(({ name, state }) => (state === "absent" ? name : []));
  if (missing.length === 0) return;
  const them = missing.length === 1 ? "its machine was" : "their machines were";
  throw new Problem("LAB-SNP-011", missing.join(", "), `${them} removed, expected one of each node of the lab`, {
    remedy:
      "Run `npm run lab:up`, which makes what lab.yaml names and takes out the others, and take the snapshot then.",
  });
}

function tooLong(names: readonly string[]): Problem {
  const what = `${names.join(", ")} would have been frozen for more than ${longestFreeze} s, since too much is written there`;
  return new Problem("LAB-SNP-005", "the lab", `${what}; they go on, and nothing was kept`, {
    remedy: "Take the snapshot when less is written, or stop the lab before: `npm run lab:stop`.",
  });
}

function machinesOf({ state }: Pick<Lab, "state">): readonly Machine[] {
  return state.read(machinesRecord)?.machines ?? [];
}

function versionsOf(lab: Pick<Lab, "state">): { readonly k3s: string } {
  return { k3s: readCluster(lab)?.version ?? "unknown" };
}

function describe(lab: Lab) {
  const { driver, machines, sharedAddress } = lab.state.expect(machinesRecord);
  const network = readHostNetwork(lab);
  if (driver === "vagrant" || network === undefined) throw new Error("checked before");
  const { lan, podCidr, serviceCidr } = network;
  return {
    lab: lab.config.name,
    labId: lab.id,
    driver,
    arch: process.arch,
    subnet: lan.subnet,
    podCidr,
    serviceCidr,
    nodes: machines.map(({ name, role, address }) => ({ name, role, address })),
    ...(sharedAddress !== undefined && { sharedAddress }),
  };
}

function writeJson(file: string, value: object): void {
  // Synchronized to the disk, as the archives are.
  writeFileAtomic.sync(file, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
}
