import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePrograms } from "@k3s-lab/host";
import { run } from "@k3s-lab/exec";
import type { EmulatedHost } from "./emulate-host.js";
import { dockerPrograms } from "./programs.js";

const runtime = fileURLToPath(new URL("../programs/runc-in-container.sh", import.meta.url));

export interface Docker extends AsyncDisposable {
  /** "unix:///var/tmp/...", for DOCKER_HOST. */
  readonly endpoint: string;
  /** Ends the daemon and all containers' monitors, and starts it again: as after an upgrade of Docker. */
  restart(): Promise<void>;
  /** Starts it after a reboot of its host, which has ended it and all containers without a word. */
  boot(): Promise<void>;
}

export interface DockerOptions {
  /** A folder for all that the daemon keeps; it is removed in the end. Not on an overlay. */
  readonly dir: string;
  /** The group that may use the socket. Default: root alone. */
  readonly group?: string;
  /** A /usr with another Docker, which the daemon alone sees in the place of the host's. */
  readonly usr?: string | undefined;
  /** What daemon.json holds: keys that the daemon is not started with anyway. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

const stopScript = '[ ! -e "$0" ] || { pid=$(cat "$0"); kill -TERM "$pid"; while [ -e "$0" ]; do sleep 0.05; done; }';

/** Starts Docker's daemon on an emulated host: it makes its bridge and its rules in that host's network. */
export async function startDocker(
  host: EmulatedHost,
  { dir, group = "root", usr, settings = {} }: DockerOptions,
): Promise<Docker> {
  await ensurePrograms(dockerPrograms, { install: "auto", note: console.error });
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const endpoint = `unix://${join(dir, "docker.sock")}`;
  const file = join(dir, "daemon.json");
  writeFileSync(file, JSON.stringify(settings));
  const args = [
    "--config-file",
    file,
    "--host",
    endpoint,
    "--group",
    group,
    "--data-root",
    join(dir, "data"),
    "--exec-root",
    join(dir, "exec"),
    "--pidfile",
    join(dir, "pid"),
    "--add-runtime",
    `in-container=${runtime}`,
    "--default-runtime",
    "in-container",
  ];
  const other = [
    "--mount",
    "--propagation",
    "slave",
    "sh",
    "-ec",
    'mount --rbind "$0" /usr; exec dockerd "$@"',
    usr ?? "",
  ];
  const [program, words] = usr === undefined ? ["dockerd", args] : ["unshare", [...other, ...args]];
  const start = () => host.background(program, words, { ready: /API listen on/, within: 60_000 });
  let daemon = await start();
  const stop = async () => {
    // As a service manager stops it: it ends its containers, and takes its file of the process away.
    await host.run("sh", ["-c", stopScript, join(dir, "pid")], { timeout: 2 * 60_000 });
    try {
      await daemon[Symbol.asyncDispose]();
    } catch {
      // It has ended by itself.
    }
  };
  return {
    endpoint,
    async restart() {
      await stop();
      daemon = await start();
    },
    async boot() {
      // A host has these in /run, which is empty when it starts; the testbed's hosts keep all files.
      for (const name of ["pid", "exec"]) rmSync(join(dir, name), { recursive: true, force: true });
      daemon = await start();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      // Mounts of containers are the emulated host's own: here the folder holds plain files.
      await run("rm", ["-rf", "--one-file-system", "--", dir]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
