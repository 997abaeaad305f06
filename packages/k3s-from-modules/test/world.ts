import { parseCidr } from "@k3s-lab/ip";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, type RunOptions } from "@k3s-lab/exec";
import { hostNetworkRecord } from "@k3s-lab/host-network";
import { labDigest, LabState } from "@k3s-lab/lab";
import { systemDir } from "@k3s-lab/host";
import { type EmulatedHost, emulateHost, lan, type World } from "@k3s-lab/testbed";
import { buildProgram } from "../src/build-program.js";
import { eventually } from "./eventually.js";

const packages = fileURLToPath(new URL("../..", import.meta.url));
const stageProgram = join(packages, "../scripts/dist/stage.js");
/** The Go modules. */
const removalProgram = fileURLToPath(new URL("remove-machines-program.ts", import.meta.url));

export const go = fileURLToPath(new URL("../go", import.meta.url));

export const addresses = {
  multi: "10.76.0.10",
  agent1: "10.76.0.11",
  agent2: "10.76.0.12",
  agent3: "10.76.0.13",
} as const;
export type NodeName = keyof typeof addresses;
/** The nodes that a cluster has unless it is told otherwise. */
export const nodes: readonly NodeName[] = ["multi", "agent1", "agent2"];

/** Nodes that the stages machines and cluster have made, in an emulated host of their own. */
export interface TestCluster extends AsyncDisposable {
  /** A folder of the host's, for files of the test. */
  readonly dir: string;
  readonly emulated: EmulatedHost;
  /** Runs a program of the host, and resolves with what it prints. */
  host(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** Runs lines of bash on a node, and resolves with what they print. */
  at(node: NodeName, script: string, options?: RunOptions): Promise<string>;
  /** The same for what may fail or take too long: resolves with the exit code and all output. */
  attempt(node: NodeName, script: string, seconds?: number): Promise<Attempt>;
  /** Stops all of a node's processes where they are, as if it were off: its connections stay, and say nothing. */
  freeze(node: NodeName): Promise<void>;
  unfreeze(node: NodeName): Promise<void>;
  /** Runs kubectl on the server, and resolves with what it prints. */
  kubectl(args: string, input?: string): Promise<string>;
  /** The same on a terminal. */
  kubectlOnTerminal(args: string): Promise<string>;
}

interface Attempt {
  readonly exitCode: number;
  readonly output: string;
}

/** Makes a cluster: `multi` is its server. */
export async function makeCluster(names: readonly NodeName[] = nodes): Promise<TestCluster> {
  const dir = mkdtempSync(join(tmpdir(), "k3s-from-modules-"));
  const state = new LabState(join(dir, ".lab"));
  const id = labDigest(state.dir);
  const config = join(dir, "lab.yaml");
  const lines = names.map((name) => `  - { name: ${name}, role: ${name === "multi" ? "server" : "agent"} }\n`);
  writeFileSync(config, `cluster: {source: modules}\nnodes:\n${lines.join("")}`);
  const env = { K3S_LAB_CONFIG: config, K3S_LAB_REPORT: "plain" };
  // In the host's own network: the world beyond has none.
  for (const name of ["machines", "cluster"]) {
    await run(process.execPath, [stageProgram, name, "fetch"], { env, timeout: 40 * 60_000 });
  }
  const world = await emulateHost();
  const host: TestCluster["host"] = async (...command) => (await world.host.run(...command)).stdout;
  const machines = join(systemDir, id, "machines");
  const attach = (node: NodeName, script: string) =>
    ["-n", node, "-P", machines, "--clear-env", ...login, "--", "bash", "-c", script] as const;
  const at: TestCluster["at"] = (node, script, options) => host("lxc-attach", attach(node, script), options);
  const attempt: TestCluster["attempt"] = async (node, script, seconds = 60) => {
    const options = { answers: "any", timeout: seconds * 1000 } as const;
    try {
      const { exitCode, stdout, stderr } = await world.host.run("lxc-attach", attach(node, script), options);
      return { exitCode, output: `${stdout}\n${stderr}` };
    } catch (error) {
      return { exitCode: 124, output: String(error) };
    }
  };
  const end = async () => {
    try {
      await world.host.run(process.execPath, ["--import", "tsx", removalProgram], { env, cwd: packages });
    } finally {
      await world[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    }
  };
  try {
    await plugNetwork(world, state, `k3slab-${id}`, names);
    for (const name of ["machines", "cluster"]) {
      await world.host.run(process.execPath, [stageProgram, name, "up"], { env, timeout: 5 * 60_000 });
    }
    const kubectl: TestCluster["kubectl"] = (args, input) =>
      at("multi", `kubectl ${args}`, input === undefined ? {} : { input });
    const kubectlOnTerminal: TestCluster["kubectlOnTerminal"] = (args) => {
      const command = ["lxc-attach", ...attach("multi", `"kubectl ${args}"`)].join(" ");
      return host("script", ["-qec", command, "/dev/null"], { input: "" });
    };
    await bringImage(dir, names, at);
    const freeze = async (node: NodeName) => void (await host("lxc-freeze", ["-n", node, "-P", machines]));
    const unfreeze = async (node: NodeName) => void (await host("lxc-unfreeze", ["-n", node, "-P", machines]));
    return {
      freeze,
      unfreeze,
      dir,
      emulated: world.host,
      host,
      at,
      attempt,
      kubectl,
      kubectlOnTerminal,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Reboots a node, and waits for it to have begun another boot. `how`: the command. */
export async function reboot(cluster: TestCluster, node: NodeName, how = "systemctl reboot"): Promise<void> {
  // An lxc-attach that meets a reboot may hang.
  const boot = () => cluster.attempt(node, "cat /proc/sys/kernel/random/boot_id", 3);
  const { output: id } = await eventually(`${node}: its boot`, boot, ({ exitCode }) => exitCode === 0);
  await cluster.attempt(node, how, 10);
  await eventually(`${node}: another boot`, boot, ({ exitCode, output }) => exitCode === 0 && output !== id);
}

const login = ["-v", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "-v", "HOME=/root"];

/** What the stage host-network would have made and recorded. */
async function plugNetwork(
  { host }: World,
  state: LabState,
  bridge: string,
  names: readonly NodeName[],
): Promise<void> {
  const script = 'ip link add "$0" type bridge && ip address add 10.76.0.1/24 dev "$0" && ip link set "$0" up';
  await host.run("sh", ["-c", script, bridge]);
  state.write(hostNetworkRecord, {
    uplink: null,
    routes: [],
    lan: { kind: "private", bridge, subnet: parseCidr("10.76.0.0/24") },
    gateway: "10.76.0.1",
    resolvers: [lan.routerAddress],
    addresses: Object.fromEntries(names.map((name) => [name, addresses[name]])),
    podCidr: parseCidr("10.42.0.0/16"),
    serviceCidr: parseCidr("10.43.0.0/16"),
    clusterDns: "10.43.0.10",
  });
}

/** The image of the tests' pods, testpod:1, where every node imports it. */
async function bringImage(dir: string, names: readonly NodeName[], at: TestCluster["at"]): Promise<void> {
  const archive = join(dir, "testpod.tar");
  for (const module of ["testpod", "pack"]) await buildProgram({ folder: join(go, module), out: join(dir, module) });
  await run(join(dir, "pack"), [
    "image",
    goArch(),
    "docker.io/library/testpod:1",
    join(dir, "testpod"),
    archive,
    "tar",
  ]);
  const images = "/var/lib/rancher/k3s/agent/images";
  const input = await readFile(archive);
  await Promise.all(
    names.map(async (node) => {
      await at(node, `cat >${images}/.part && mv ${images}/.part ${images}/testpod.tar`, { input });
      await at(node, "until crictl images | grep -q testpod; do sleep 0.1; done");
    }),
  );
}

const goArch = (): string => (process.arch === "arm64" ? "arm64" : "amd64");
