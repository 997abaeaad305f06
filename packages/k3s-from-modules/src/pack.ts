import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import type { Job } from "./compile.js";
import { Counter } from "./progress.js";
import { kubernetesVersion, releaseFiles } from "./release.js";

/** Puts the compiled programs together as a release folder and returns it. */
export async function pack({ work, arch, signal, report }: Job): Promise<string> {
  const names = releaseFiles(arch);
  const out = join(work, "release");
  await mkdir(out);
  const commands = [
    ["k3s", `${work}/launcher`, `${work}/bin`, `${out}/${names.binary}`],
    ["images", arch, `${work}/images`, `${out}/${names.images}`, "pause", "coredns"],
    ["images", arch, `${work}/images`, `${out}/${names.metrics}`, "metrics-server"],
    ["images", arch, `${work}/images`, `${out}/${names.registry}`, "registry"],
  ];
  const packed = new Counter("pack", commands.length, report);
  await Promise.all(
    commands.map(async (args) => {
      await run(`${work}/pack`, args, { signal });
      packed.add();
    }),
  );
  const sums = [names.binary, names.images, names.metrics, names.registry].map(
    async (name) => `${await sha256(join(out, name))}  ${name}\n`,
  );
  await writeFile(join(out, names.sums), (await Promise.all(sums)).join(""));
  await writeFile(join(out, names.version), `${kubernetesVersion()}\n`);
  return out;
}

async function sha256(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}
