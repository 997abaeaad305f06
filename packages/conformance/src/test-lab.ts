import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCluster } from "@k3s-lab/cluster";
import { run } from "@k3s-lab/exec";
import { makeForCaller, readIfExists } from "@k3s-lab/host";
import { openLab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { readRegistry } from "@k3s-lab/registry";
import type { Building } from "./build-suite.js";
import { type Cluster, kubectlCache } from "./cluster.js";
import { repository, type TestImages } from "./make-images.js";
import { type Places, root } from "./places.js";

/** A lab of the tests' own, made and removed by k3s-lab's commands. */
export interface TestLab {
  readonly cluster: Cluster;
  /** Tells its build of K3s from any other. */
  readonly build: string;
  /** Runs specs. Where that does not come to its end, the cluster is not clean, and is not used again. */
  whileTesting<Value>(test: () => Promise<Value>): Promise<Value>;
}

/** One server and two agents, on a private network. */
const config = `nodes:
  - { name: multi, role: server }
  - { name: agent1, role: agent }
  - { name: agent2, role: agent }
# Another lab's server may have the same name on this host.
host: { hostsFile: false }
# The build from Go modules is what is tested here, also where a release could be reached.
cluster: { source: modules }
`;

/** Brings the lab up, with the images in its registry. One that a killed run has left is made anew. */
export async function bringUpLab(places: Places, images: TestImages, building: Building): Promise<TestLab> {
  const { note, progress } = building;
  const file = join(places.lab, "lab.yaml");
  const mark = join(places.lab, "testing");
  makeForCaller(places.lab);
  if (existsSync(mark) || (readIfExists(file) ?? config) !== config) {
    note("removing the lab of a run that was killed");
    await removeLab(places, building);
  }
  writeFileSync(file, config);
  await command(places, ["up"], building);
  progress("pushing the images");
  await command(places, ["push", ...images.sources], building);
  const lab = await openLab(file);
  const [cluster, registry] = [readCluster(lab), readRegistry(lab)];
  if (cluster === undefined || registry === undefined) throw new Problem("LAB-TST-003", file, "its lab is not up");
  return {
    cluster: {
      kubeconfig: cluster.kubeconfig,
      env: { ...withoutProxies, ...kubectlCache(places) },
      images: `${registry.name}/${repository}`,
    },
    build: cluster.sha256,
    whileTesting: async (test) => {
      writeFileSync(mark, "");
      const value = await test();
      rmSync(mark);
      return value;
    },
  };
}

/** Removes the lab, and the mark that its cluster was not clean. */
export async function removeLab(places: Places, { progress }: Pick<Building, "progress">): Promise<void> {
  if (!existsSync(join(places.lab, "lab.yaml"))) return;
  progress("removing the lab");
  // Not by the signal that may have ended everything else.
  await command(places, ["down"], { progress, signal: undefined });
  rmSync(join(places.lab, "testing"), { force: true });
}

/** What asks the lab reaches its nodes directly. */
const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
const withoutProxies = Object.fromEntries(proxies.map((name) => [name, undefined]));

/** Runs a command of k3s-lab's on the lab. */
async function command(
  places: Places,
  words: readonly string[],
  { progress, signal }: { progress: Building["progress"]; readonly signal: AbortSignal | undefined },
): Promise<void> {
  await run(process.execPath, [join(root, "scripts/bin/k3s-lab.js"), ...words], {
    cwd: root,
    env: { K3S_LAB_CONFIG: join(places.lab, "lab.yaml"), INIT_CWD: places.lab },
    timeout: Infinity,
    signal,
    onLine: progress,
  });
}
