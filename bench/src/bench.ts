#!/usr/bin/env node
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Cluster, readCluster } from "@k3s-lab/cluster";
import { systemDir } from "@k3s-lab/host";
import { type Lab, openLab } from "@k3s-lab/lab";
import { machinesRecord, requireRoot } from "@k3s-lab/machines";
import { exitCode } from "@k3s-lab/problem";
import { readRegistry } from "@k3s-lab/registry";
import { alignColumns } from "@k3s-lab/scripts/align-columns";
import { runCommand } from "@k3s-lab/scripts/run-command";
import { $ } from "zx/core";
import { measure, measureBest } from "./measure.js";
import { type RawLab, rawChain } from "../raw/raw-chain.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const rounds = 3;
/** How much longer than lab:plan a lab:up with nothing to do may take. */
const mostOverPlan = 1.3;
const roundsOverPlan = 5;

const spec = {
  script: "bench",
  does: "Times the commands on a lab of its own, beside the raw tools doing the same by hand. Caches are filled first. Ends with 1 where a lab:up with nothing to do takes more than 1.3 times as long as lab:plan.",
  withoutLab: true,
  flags: { json: { does: "print JSON" } },
  examples: [["--json", "for a program"]],
} as const;

await runCommand(spec, async ({ flag }) => {
  requireRoot("bench");
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-bench-")));
  const config = join(dir, "lab.yaml");
  // Another lab's server may have the same name on this host.
  writeFileSync(config, "host: { hostsFile: false }\n");
  const lab = await openLab(config);
  const quiet = $({ quiet: true, cwd: root, env: { ...process.env, K3S_LAB_CONFIG: config } });
  const npm = (script: string, ...args: readonly string[]) => quiet`npm run -s ${script} -- ${args}`;
  const node = (script: string) => quiet`${process.execPath} scripts/dist/${script}.js`;
  try {
    await npm("lab:fetch");
    const up = await measure(() => npm("lab:up"));
    const again = await measureBest(rounds, () => npm("lab:up"));
    const status = await measureBest(rounds, () => npm("lab:status"));
    const plan = await measureBest(rounds, () => npm("lab:plan"));
    // Without npm, whose start is the same for both and would hide the difference.
    const ownPlan = await measureBest(roundsOverPlan, () => node("plan"));
    const ownUp = await measureBest(roundsOverPlan, () => node("up"));
    const { folder, archive, image } = pauseImage(readCluster(lab));
    const push = await measureBest(rounds, () =>
      npm("push", `oci-archive:${join(folder, archive)}:${image}`, "--name", "bench:1"),
    );
    // skopeo tells images of an archive by their tags alone.
    const raw = await rawChain(rawLab(lab), `oci-archive:${join(folder, archive)}:${image.split(":").at(-1)}`);
    const down = await measure(() => npm("lab:down"));
    const rows = [
      { what: "lab:up, caches warm", ms: up, rawMs: raw.up, by: "lxc-start, systemctl, kubectl, skopeo, crictl" },
      { what: "lab:up, nothing to do", ms: again, rawMs: raw.look, by: "lxc-info, kubectl get nodes" },
      { what: "lab:status", ms: status, rawMs: raw.look, by: "lxc-info, kubectl get nodes" },
      { what: "lab:plan", ms: plan },
      { what: "push", ms: push, rawMs: raw.push, by: "skopeo copy" },
      { what: "lab:down", ms: down, rawMs: raw.down, by: "lxc-stop -k" },
      { what: "lab:plan, without npm", ms: ownPlan },
      { what: "lab:up, nothing to do, without npm", ms: ownUp },
    ];
    console.log(flag("json") ? JSON.stringify(rows, undefined, 2) : render(rows));
    if (ownUp <= mostOverPlan * ownPlan) return exitCode.done;
    console.error(
      `lab:up with nothing to do took ${(ownUp / ownPlan).toFixed(2)} times as long as lab:plan, expected at most ${mostOverPlan}`,
    );
    return exitCode.failed;
  } finally {
    await npm("lab:down");
    rmSync(dir, { recursive: true, force: true });
  }
});

/** The smallest image that K3s comes with, and the archive that it is in. */
function pauseImage(cluster: Cluster | undefined) {
  for (const { name, images = [] } of cluster?.archives ?? []) {
    const image = images.find((each) => each.includes("pause"));
    if (cluster && image) return { folder: cluster.folder, archive: name, image };
  }
  throw new Error("the lab's K3s came without a pause image");
}

function rawLab(lab: Lab): RawLab {
  const [machines, cluster, registry] = [
    lab.state.read(machinesRecord)?.machines ?? [],
    readCluster(lab),
    readRegistry(lab),
  ];
  if (cluster === undefined || registry === undefined) throw new Error("the lab is not up");
  return {
    containers: join(systemDir, lab.id, "machines"),
    server: registry.node,
    serverAddress: new URL(cluster.server).hostname,
    agents: machines.filter(({ role }) => role === "agent").map(({ name }) => name),
    k3s: join(cluster.folder, cluster.binary.name),
    kubeconfig: cluster.kubeconfig,
    registry: registry.name,
    endpoint: registry.endpoint,
    registryHost: registry.host,
  };
}

interface Row {
  readonly what: string;
  readonly ms: number;
  readonly rawMs?: number;
  readonly by?: string;
}

function render(rows: readonly Row[]): string {
  const seconds = (ms: number | undefined) => (ms === undefined ? "" : `${(ms / 1000).toFixed(2)} s`);
  return alignColumns([
    ["command", "takes", "raw", "by"],
    ...rows.map(({ what, ms, rawMs, by = "" }) => [what, seconds(ms), seconds(rawMs), by]),
  ]).join("\n");
}
