import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { alpinePrograms, type EmulatedHost } from "@k3s-lab/testbed";
import * as assert from "uvu/assert";

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

/** Runs a file of tests once more, inside an emulated host; fails with what it printed unless all of them pass there. */
export async function passInside(
  host: Pick<EmulatedHost, "run">,
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const args = ["--import", "tsx", "--enable-source-maps", file];
  const { stdout } = await host.run(process.execPath, args, { env, timeout: 10 * 60_000, answers: "any" });
  const [total, passed] = [/Total: +(\d+)/.exec(stdout)?.[1], /Passed: +(\d+)/.exec(stdout)?.[1]];
  assert.is(passed, total, stdout);
  assert.ok(Number(total) > 0, stdout);
}
