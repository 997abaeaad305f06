import { randomUUID } from "node:crypto";
import { docker, execInside, inspect, labelled } from "@k3s-lab/docker";
import { CommandFailed, type RunOptions } from "@k3s-lab/exec";
import { makeForCaller } from "@k3s-lab/host";
import type { HostedDriver } from "../../driver.js";
import type { Machines } from "../../machine.js";
import { networkFile, nodeFiles } from "../../node-files.js";
import { shellArgv } from "../../shell.js";
import { writeArgv } from "../../write-argv.js";
import { attemptOnTerminal, enter, type Entry, isInteractive, refuseUnlessRunning, type Runner } from "../enter.js";
import { loginVariables } from "../login.js";
import { argvInside, cacheInside, endCommand, execCommand } from "./commands.js";
import { containerOf, isPlugged, stateOf } from "./container.js";
import { createContainer, destroyContainer, madeWith, mayCarryOver } from "./create.js";
import { dockerSize, hasLimits, limitContainer } from "./limits.js";
import { containerName, labels, labLabel, networkName, volumes } from "./names.js";
import { endedAtOnce, startContainer, waitUntilReady } from "./start.js";

/** A file of 100 MB takes a second; a slow disk under load takes longer. */
const copyTimeout = 5 * 60_000;

/** `wanted` is asked only when a machine is made; all else goes by the lab's id and the machine's name. */
export function dockerDriver(labId: string, wanted: () => Machines): HostedDriver {
  const entry: Entry = {
    refusalIn: (_, exitCode, stderr) => (isRefusal(exitCode, stderr) ? "could not be entered" : undefined),
    stateOf: async (name) => stateOf(await containerOf(labId, name)),
  };
  const exec = async (name: string, argv: readonly string[], { cwd, env = {}, ...options }: RunOptions = {}) => {
    const marked = { ...env, [mark]: randomUUID() };
    const given = Object.entries(marked).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    const keep = given.map(([key]) => key);
    const inside = { ...loginVariables, ...Object.fromEntries(given) };
    const { input, inputFile, inputStream, outputFile, onLine } = options;
    const isSimple = [input, inputFile, inputStream, outputFile, onLine].every((each) => each === undefined);
    // By the socket: a docker of its own would be a process for each look.
    const command: Runner = isSimple
      ? (rest) => execInside({ container: containerName(labId, name), argv: argvInside(argv, cwd), env: inside }, rest)
      : execCommand(labId, name, argv, { keep, cwd });
    try {
      return await enter(entry, name, argv[0] ?? "", command, { ...options, env: marked });
    } catch (error) {
      // Docker leaves a program to itself when the command that has started it is ended.
      const isOver = !(error instanceof CommandFailed) || error.exit !== undefined;
      if (!isOver) await docker(endCommand(labId, name, `${mark}=${marked[mark]}`), { answers: "any" });
      throw error;
    }
  };
  const ready = (name: string, signal?: AbortSignal) =>
    waitUntilReady((argv, options) => exec(name, argv, options), signal);
  return {
    timeoutFactor: 1,
    state: entry.stateOf,
    // On volumes that are left of a container that was removed by hand, or pruned: they hold the node's data.
    create: (machine) => createContainer(labId, machine, wanted()),
    async start(name, signal) {
      makeForCaller(wanted().docker?.cache ?? "");
      await startContainer(labId, name);
      try {
        await ready(name, signal);
      } catch (cause) {
        signal?.throwIfAborted();
        throw (await endedAtOnce(labId, name, cause)) ?? cause;
      }
    },
    async stop(name) {
      await docker(["stop", containerName(labId, name)]);
    },
    destroy: (name) => destroyContainer(labId, name),
    exec,
    async passThrough(name, argv) {
      await refuseUnlessRunning(entry, name);
      const words = argv.length === 0 ? ["bash", "--login"] : argv;
      const flags = isInteractive() ? ["--interactive", "--tty"] : ["--interactive"];
      const keep = process.env.TERM === undefined ? [] : ["TERM"];
      return attemptOnTerminal(execCommand(labId, name, words, { keep, flags }));
    },
    async write(name, path, content, { mode }) {
      await exec(name, writeArgv(path, mode), { input: content });
    },
    async copyIn(name, hostPath, path, { mode }) {
      const command = execCommand(labId, name, writeArgv(path, mode));
      await enter(entry, name, `copy of ${hostPath}`, command, { inputFile: hostPath, timeout: copyTimeout });
    },
    async linkIn(name, hostPath, path) {
      const { cache } = wanted().docker ?? {};
      if (cache === undefined || !hostPath.startsWith(`${cache}/`)) return false;
      const inside = `${cacheInside}${hostPath.slice(cache.length)}`;
      const command = [...shellArgv("copy-from-cache.sh"), inside, path];
      return (await exec(name, command, { answers: "any", timeout: copyTimeout })).exitCode === 0;
    },
    names: () => dockerNames(labId),
    // What enters it tells, without a process of its own.
    isMade: async () => true,
    async fitness(machine) {
      const [container, network] = await Promise.all([
        containerOf(labId, machine.name),
        inspect<{ readonly Id: string }>("network", networkName(labId)),
      ]);
      const isSame = container?.Config.Labels?.[labels.madeWith] === madeWith(labId, machine, wanted());
      return isSame && isPlugged(container, networkName(labId), network) ? "fit" : "outdated";
    },
    keeps: async (machine) =>
      (await mayCarryOver(labId, machine.name, wanted())) ? undefined : Object.values(volumes),
    plug: async () => {},
    async isLimited(machine) {
      const container = await containerOf(labId, machine.name);
      // What Docker's host has need be asked only where a limit was taken back.
      return (
        container === undefined || hasLimits(container, machine) || hasLimits(container, machine, await dockerSize())
      );
    },
    limit: (machine) => limitContainer(labId, machine.name, machine),
    configure: (machine) => createContainer(labId, machine, wanted()),
    ready,
    files: (machine) => nodeFiles(labId, machine, wanted()),
    applyNetwork: ["ip", "-4", "-batch", networkFile],
  };
}

/** The nodes that Docker has containers of. */
export async function dockerNames(labId: string): Promise<readonly string[]> {
  // One that is being made, and the one that it replaces, are the same node's.
  const containers = await labelled("container", labLabel(labId));
  return [...new Set(containers.flatMap((container) => container.labels[labels.node] ?? []))].toSorted();
}

/** The variable by which what a command has started in a machine is found again. */
const mark = "K3S_LAB_EXEC";

/** Docker's own words, by which its exit code 1 is told from a program's. */
export function isRefusal(exitCode: number | undefined, stderr: string): boolean {
  return (
    exitCode === 1 &&
    /^Error(?: response from daemon)?: (?:No such container|Container \S+ is (?:not running|restarting|paused))/im.test(
      stderr,
    )
  );
}
