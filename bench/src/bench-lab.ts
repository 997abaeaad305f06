import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, openLab } from "@k3s-lab/lab";
import { k3sLab, type RunOfCommand, runTimed } from "./run-timed.js";

/** A lab of the bench's own, which is removed when it is disposed of. */
export interface BenchLab extends AsyncDisposable {
  readonly lab: Lab;
  /** The server comes first. */
  readonly nodes: readonly string[];
  readonly how: RunOfCommand;
}

interface BenchLabOptions {
  readonly env?: RunOfCommand["env"];
  /** Where K3s comes from. Default: auto. */
  readonly source?: "auto" | "modules" | "package";
}

/**
 * Opens a lab whose caches are warm. That takes a fetch of its own: which K3s it uses is remembered for each lab, and an `up`
 * would ask the network for a release, ask Go and read K3s again.
 */
export async function openWarmLab(count: number, signal: AbortSignal): Promise<BenchLab> {
  const bench = await openBenchLab(count, signal);
  try {
    await runTimed(k3sLab("fetch"), bench.how);
    return bench;
  } catch (error) {
    await bench[Symbol.asyncDispose]();
    throw error;
  }
}

/** Makes the lab.yaml of a lab with so many nodes in a temporary folder; nothing is up yet. */
export async function openBenchLab(
  count: number,
  signal: AbortSignal,
  { env = {}, source = "auto" }: BenchLabOptions = {},
): Promise<BenchLab> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-bench-")));
  const file = join(dir, "lab.yaml");
  const nodes = ["multi", ...Array.from({ length: count - 1 }, (_, index) => `agent${index + 1}`)];
  const listed = nodes.map((name, index) => `  - { name: ${name}, role: ${index === 0 ? "server" : "agent"} }`);
  // Another lab's server may have the same name on this host.
  writeFileSync(
    file,
    ["nodes:", ...listed, `cluster: { source: ${source} }`, "host: { hostsFile: false }", ""].join("\n"),
  );
  const variables = { ...env, K3S_LAB_CONFIG: file };
  return {
    lab: await openLab(file),
    nodes,
    how: { env: variables, signal },
    // Not by the signal that may have ended everything else.
    async [Symbol.asyncDispose]() {
      await runTimed(k3sLab("down"), { env: variables });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
