import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { passThrough, processStat } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { docker, inspect, ownChoices, program } from "./docker.js";

/** An image without a file: what runs in its containers is the host's. */
const emptyImage = "k3s-lab/empty:1";
/** A tar archive's end, and nothing before it. */
const emptyArchive = new Uint8Array(1024);
/** What the host's own nsenter and its shell are made of; a host has most of them. */
const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/nix"];
/** Docker's own exit code where it could not start a container. */
const notStarted = 125;

/**
 * Runs a command as root where this process is, on its terminal: in a privileged container that lasts as long, and enters this
 * process' namespaces. Who may use Docker's socket is root on its host. Where the host lacks programs that an image has, the
 * command finds them in `imagePrograms`. Resolves with the command's exit code.
 */
export async function runAsRoot(command: readonly string[], image?: string): Promise<number> {
  if (image === undefined) await ensureEmptyImage();
  const exitCode = await passThrough(program, asRootArgs(command, { isTerminal: isTerminal(), image }), {
    env: ownChoices,
  });
  if (exitCode !== notStarted) return exitCode;
  throw new Problem(
    "LAB-DKR-008",
    "host",
    "Docker could not run the command as root on this host, for the reason above",
    {
      remedy: "Run it as root: with sudo.",
    },
  );
}

/** Programs that run in the image of runAsRoot, in the place of those that the host lacks: a folder for the end of PATH. */
export const imagePrograms = fileURLToPath(new URL("../shell/programs", import.meta.url));

interface AsRootOptions {
  readonly isTerminal: boolean;
  /** Default: an empty one, in which the host's own programs run. */
  readonly image?: string | undefined;
  readonly pid?: number;
  readonly start?: string | undefined;
  readonly exists?: (folder: string) => boolean;
}

/** The arguments for docker: nothing secret is among them, since `docker inspect` shows them to all who may use the socket. */
export function asRootArgs(
  command: readonly string[],
  {
    isTerminal: hasTerminal,
    image,
    pid = process.pid,
    start = processStat(pid)?.start,
    exists = existsSync,
  }: AsRootOptions,
): readonly string[] {
  const script = readFileSync(new URL("../shell/enter.sh", import.meta.url), "utf8");
  const folders = image === undefined ? systemFolders.filter((folder) => exists(folder)) : [];
  const stays = image === undefined ? "no" : "yes";
  return [
    ["run", "--rm", "--interactive", ...(hasTerminal ? ["--tty"] : [])],
    ["--privileged", "--pid", "host", "--network", "none", "--log-driver", "none"],
    ...folders.map((folder) => ["--mount", `type=bind,source=${folder},target=${folder},readonly`]),
    [image ?? emptyImage, "/bin/sh", "-c", script, "k3s-lab", String(pid), String(start), stays, ...command],
  ].flat();
}

async function ensureEmptyImage(): Promise<void> {
  if ((await inspect("image", emptyImage)) !== undefined) return;
  await docker(["import", "-", emptyImage], { input: emptyArchive });
}

function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}
