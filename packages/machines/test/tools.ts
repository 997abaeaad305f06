import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { alpinePrograms } from "@k3s-lab/testbed";

/** What a machine has to work with. */
export interface Tools {
  readonly shell: string;
  readonly path: string;
}

export const debian: Tools = { shell: "/bin/sh", path: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Alpine's tools, put into a folder: one program that is everything, and an `ip` that cannot watch. */
export async function busybox(dir: string): Promise<Tools> {
  await ensurePrograms(alpinePrograms, { install: "auto", note: console.log });
  await run("busybox", ["--install", "-s", dir]);
  return { shell: `${dir}/sh`, path: dir };
}

const built = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../${path}/dist/index.js`, import.meta.url)));

/** Arguments of Node that run one task of one stage, as turbo runs it: from the built packages. */
export function stageProgram(stage: "host-network" | "machines", task: "fetch" | "up"): readonly string[] {
  const program = `
import { runStage } from ${built("stages")};
import { hostNetworkStage } from ${built("host-network")};
import { machinesStage } from ${built("machines")};
await runStage([hostNetworkStage, machinesStage], "${stage}", "${task}");`;
  return ["--input-type=module", "-e", program];
}
