#!/usr/bin/env node
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCluster } from "@k3s-lab/cluster";
import { openLab } from "@k3s-lab/lab";
import { requireRoot } from "@k3s-lab/machines";
import { $ } from "zx/core";
import { command } from "./command.js";
import { rawChain } from "./raw-chain.js";
import { table } from "./table.js";
import { time } from "./time.js";

await command(
  {
    name: "npm run bench",
    does: "Times the commands on a lab of its own, beside the raw tools doing the same by hand. Caches are filled first.",
    options: { json: { type: "boolean" } },
  },
  async ({ flag }) => {
    requireRoot("bench");
    const dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-bench-")));
    const config = join(dir, "lab.yaml");
    // Another lab's server may have the same name on this host.
    writeFileSync(config, "host: { hostsFile: false }\n");
    const lab = await openLab(config);
    const quiet = $({ quiet: true, env: { ...process.env, K3S_LAB_CONFIG: config } });
    const npm = (script: string, ...args: readonly string[]) => quiet`npm run -s ${script} -- ${args}`;
    try {
      await npm("lab:fetch");
      const up = await time(() => npm("lab:up"));
      const again = await best(() => npm("lab:up"));
      const status = await best(() => npm("lab:status"));
      const plan = await best(() => npm("lab:plan"));
      const { folder = "", archives = [] } = readCluster(lab) ?? {};
      const { name = "", images = [] } = archives.find((archive) => archive.images?.some(isPause)) ?? {};
      const pause = images.find(isPause) ?? "";
      const image = `oci-archive:${join(folder, name)}:${pause}`;
      const push = await best(() => npm("push", image, "--name", "bench:1"));
      // skopeo tells images of an archive by their tags alone.
      const raw = await rawChain(lab, `oci-archive:${join(folder, name)}:${pause.split(":").at(-1)}`);
      const down = await time(() => npm("lab:down"));
      const rows = [
        { what: "lab:up, caches warm", ms: up, rawMs: raw.up, by: "lxc-start, systemctl, kubectl, skopeo, crictl" },
        { what: "lab:up, nothing to do", ms: again, rawMs: raw.look, by: "lxc-info, kubectl get nodes" },
        { what: "lab:status", ms: status, rawMs: raw.look, by: "lxc-info, kubectl get nodes" },
        { what: "lab:plan", ms: plan },
        { what: "push", ms: push, rawMs: raw.push, by: "skopeo copy" },
        { what: "lab:down", ms: down, rawMs: raw.down, by: "lxc-stop -k" },
      ];
      console.log(flag("json") ? JSON.stringify(rows, undefined, 2) : render(rows));
    } finally {
      await npm("lab:down");
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

/** The smallest image that K3s comes with. */
function isPause(image: string): boolean {
  return image.includes("pause");
}

interface Row {
  readonly what: string;
  readonly ms: number;
  readonly rawMs?: number;
  readonly by?: string;
}

function render(rows: readonly Row[]): string {
  const seconds = (ms: number | undefined) => (ms === undefined ? "" : `${(ms / 1000).toFixed(2)} s`);
  return table([
    ["command", "takes", "raw", "by"],
    ...rows.map(({ what, ms, rawMs, by = "" }) => [what, seconds(ms), seconds(rawMs), by]),
  ]).join("\n");
}

/** Of three: what else the machine does only ever adds. */
async function best(work: () => PromiseLike<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round++) times.push(await time(work));
  return Math.min(...times);
}
