// The host goes down hard while pushes, writes and snapshots run: everything on it is killed at one moment, and its links are gone.
// What was acknowledged before is there after the next lab:up. The same moments again: K3S_LAB_SEED=7.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { snapshotsDir } from "@k3s-lab/snapshots";
import type { EmulatedHost } from "@k3s-lab/testbed";
import * as assert from "uvu/assert";
import { type DrivenLab, eventually, readyNodes } from "./drive-lab.js";
import { startWriter, type Writer } from "./snapshot-writers.js";

const seed = process.env.K3S_LAB_SEED ?? "k3s-lab";
/** Milliseconds of work before a cut, at least and at most. */
const work = { least: 4_000, most: 14_000 };

/** What was acknowledged in all the time until now. */
export interface Acknowledged {
  readonly images: string[];
  readonly stored: string[];
  readonly snapshots: string[];
  /** Lines of the file on agent1. */
  lines: number;
}

export const nothingYet = (): Acknowledged => ({ images: [], stored: [], snapshots: [], lines: 0 });

const onNode = async (lab: DrivenLab, node: string, script: string) =>
  (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim();

const file = "/var/lib/rancher/lines";

/** Works until a moment that chance picks, cuts the power, brings the lab up, and looks for all that was ever acknowledged. */
export async function cutPower(
  { host, lab }: { readonly host: Pick<EmulatedHost, "reboot">; readonly lab: DrivenLab },
  cut: number,
  known: Acknowledged,
): Promise<void> {
  const before = { images: known.images.length, stored: known.stored.length, snapshots: known.snapshots.length };
  await startWork(lab, cut, known, async (lines) => {
    await eventually(
      "something was written",
      async () => lines.written.length > 0 && known.stored.length > before.stored,
    );
    await sleep(work.least + chance(cut) * (work.most - work.least));
    await host.reboot();
  });
  const done = `${known.images.length - before.images} images, ${known.stored.length - before.stored} objects, ${known.snapshots.length - before.snapshots} snapshots`;
  console.log(`cut ${cut} (seed ${seed}): acknowledged since the one before: ${done}; ${known.lines} lines in all`);
  await lab.npmOk("lab:up");
  await isAllThere(lab, known);
}

async function startWork(
  lab: DrivenLab,
  cut: number,
  known: Acknowledged,
  during: (lines: Writer) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const first = known.lines + 1;
  // What is killed with the host has acknowledged nothing.
  const again = async (what: string, act: (name: string) => Promise<boolean>, list: string[]) => {
    for (let each = 1; !over.signal.aborted; each++) {
      const name = `${what}-${cut}-${each}`;
      if (await act(name)) list.push(name);
    }
  };
  const succeeds = async (script: string, args: readonly string[]) => (await lab.npm(script, args)).exitCode === 0;
  const push = (name: string) => succeeds("push", [imageFile(lab, name), "--name", `acme/${name}:1`]);
  const store = (name: string) => succeeds("kubectl", ["create", "configmap", name, `--from-literal=is=${name}`]);
  const snapshot = (name: string) => succeeds("lab:snapshot", [name]);
  const appending = `i=${first}; while :; do echo $i >>${file} && sync ${file} && echo $i $(date +%s%N); i=$((i + 1)); done`;
  await using lines = await startWriter(lab, "agent1", appending);
  const loops = Promise.allSettled([
    again("image", push, known.images),
    again("object", store, known.stored),
    again("snapshot", snapshot, known.snapshots),
  ]);
  try {
    await during(lines);
  } finally {
    over.abort();
    await loops;
    known.lines = lines.written.at(-1)?.number ?? known.lines;
  }
}

async function isAllThere(lab: DrivenLab, known: Acknowledged): Promise<void> {
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  const objects = new Set((await lab.kubectl("get", "configmaps", "--output=name")).split("\n"));
  assert.equal(
    known.stored.filter((name) => !objects.has(`configmap/${name}`)),
    [],
    "objects that were acknowledged and are gone",
  );
  const pulls = known.images.map((name) => `k3s crictl pull multi:5000/acme/${name}:1 >/dev/null || echo ${name}`);
  assert.is(
    await onNode(lab, "agent1", pulls.join("\n") || ":"),
    "",
    "images that were acknowledged and cannot be pulled",
  );
  for (const name of known.snapshots) {
    isWhole(join(snapshotsDir(), name));
  }
  // One more may have been written, whose acknowledgement nobody has heard; then it counts.
  const lines = (await onNode(lab, "agent1", `cat ${file}`)).split("\n").map(Number);
  assert.equal(
    lines,
    lines.map((_, index) => index + 1),
  );
  assert.ok(lines.length >= known.lines, `${lines.length} lines, ${known.lines} were acknowledged`);
  known.lines = lines.length;
}

/** Holds each file of a snapshot to its sum. */
function isWhole(folder: string): void {
  const { files } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    readonly files: readonly { readonly name: string; readonly sha256: string }[];
  };
  for (const { name, sha256 } of files) {
    assert.is(
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
      sha256,
      `${folder}/${name}`,
    );
  }
}

/** An image of one small file, another one for each name. */
function imageFile(lab: DrivenLab, name: string): string {
  const layer = writeTar([{ name: "content", content: Buffer.from(name.repeat(1000)) }]);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const archive = join(lab.dir, "image.tar");
  writeFileSync(archive, namedArchive([makeImage({ architecture, config: {}, layer })], `${name}:1`));
  return archive;
}

/** A number from 0 to 1. */
function chance(cut: number): number {
  return createHash("sha256").update(`${seed} ${cut}`).digest().readUInt32BE() / 2 ** 32;
}
