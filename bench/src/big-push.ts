import { randomFillSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeImage, ociArchive, writeTar } from "@k3s-lab/images";
import { hostArch } from "@k3s-lab/k3s-source";
import { openWarmLab } from "./bench-lab.js";
import { cpuByGroup, memoryByGroup } from "./by-group.js";
import { k3sOf, rawLab } from "./raw-lab.js";
import type { Row } from "./row.js";
import { k3sLab, runSampled, runTimed, type Timed } from "./run-timed.js";
import { settle } from "./settle.js";
import { medianOf, spreadOf } from "./statistics.js";

/** Bytes. */
const size = 1e9;
/** Milliseconds between two samples of the run that is not timed. */
const sampling = 50;

interface BigPushOptions {
  readonly rounds: number;
  readonly signal: AbortSignal;
  tell(message: string): void;
}

/** Measures `push` of 1 GB of random data beside skopeo alone, each with data of its own that no registry has seen. */
export async function measureBigPush({ rounds, signal, tell }: BigPushOptions): Promise<Row> {
  await using bench = await openWarmLab(3, signal);
  const { lab, how } = bench;
  tell("push of 1 GB: up");
  await runTimed(k3sLab("up"), how);
  await settle(bench);
  const { registryHost } = rawLab(lab);
  const archive = join(dirname(lab.file), "big.tar");
  const pushAs = (name: string) => k3sLab("push", `oci-archive:${archive}`, "--name", name);
  const copyAs = (name: string) => {
    const to = `docker://${registryHost}/${name}`;
    return ["skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", `oci-archive:${archive}`, to];
  };
  const [ours, skopeos]: [Timed[], Timed[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    tell(`push of 1 GB, ${round} of ${rounds}`);
    const sides = [
      { runs: ours, argv: pushAs(`big:${round}`) },
      { runs: skopeos, argv: copyAs(`big-raw:${round}`) },
    ];
    // Who comes second finds the registry's disk busy with what came first.
    for (const { runs, argv } of round % 2 === 1 ? sides : sides.toReversed()) {
      writeRandomImage(archive);
      runs.push(await runTimed(argv, how));
    }
  }
  const seconds = (runs: readonly Timed[]) => spreadOf(runs.map(({ ms }) => ms / 1000));
  writeRandomImage(archive);
  const sampled = await runSampled(pushAs("big:sampled"), how, sampling);
  return {
    id: "push-1gb",
    what: "push of 1 GB",
    unit: "s",
    k3s: k3sOf(lab),
    runs: rounds,
    sampled: 1,
    value: seconds(ours),
    raw: seconds(skopeos),
    by: "skopeo copy",
    ratio: spreadOf(ours.map(({ ms }, index) => ms / (skopeos[index]?.ms ?? NaN))),
    goal: { of: "ratio", most: 1.05 },
    cpu: { "all of the command": medianOf(ours.map(({ cpu }) => cpu)), ...cpuByGroup([sampled]) },
    memory: memoryByGroup([sampled]),
  };
}

/** Writes an archive of an image whose only layer holds random data; the data is in memory at most twice. */
function writeRandomImage(file: string): void {
  const layer = writeTar([{ name: "random", content: randomFillSync(Buffer.allocUnsafe(size)) }]);
  writeFileSync(file, ociArchive(makeImage({ architecture: hostArch().name, config: {}, layer }), "big"));
}
