#!/usr/bin/env node
// Started as root by become-root.ts, through Docker, in place of a command of a user's: takes over the user's environment, and
// runs the command in this process. Arguments: the user's process, what the user called k3s-lab by (K3S_LAB_BIN, or empty for
// npm), the command's file, its own arguments.
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { pathToFileURL } from "node:url";
import { imagePrograms } from "@k3s-lab/docker";
import { isRunning, tellUncaught } from "@k3s-lab/exec";
import { rootByDocker } from "@k3s-lab/host";

/** Milliseconds. */
const lookEvery = 500;

tellUncaught();
const { K3S_LAB_IMAGE_PROCESS: imageProcess } = process.env;
const [caller = "", bin = "", command = "", ...args] = process.argv.slice(2);
// By the kernel and not by Docker, which would show it to everybody who may use its socket.
const variables = readFileSync(`/proc/${caller}/environ`, "utf8").split("\0").filter(Boolean);
for (const name of Object.keys(process.env)) delete process.env[name];
for (const variable of variables) {
  const end = variable.indexOf("=");
  process.env[variable.slice(0, end)] = variable.slice(end + 1);
}
const [uid, gid] = ["Uid", "Gid"].map((name) => idOf(name));
// What a lab leaves for people belongs to the user, as under sudo.
Object.assign(process.env, { SUDO_UID: uid, SUDO_GID: gid, [rootByDocker]: "1", ...(bin && { K3S_LAB_BIN: bin }) });
// Whoever kills the user's command means this one.
setInterval(() => {
  if (!isRunning(Number(caller))) process.kill(process.pid, "SIGTERM");
}, lookEvery).unref();

// A user's PATH often lacks the programs that only root runs.
const places = [process.env.PATH, "/usr/local/sbin", "/usr/sbin", "/sbin"];
if (imageProcess !== undefined) {
  process.env.K3S_LAB_IMAGE_PROCESS = imageProcess;
  places.push(imagePrograms);
}
process.env.PATH = places.filter(Boolean).join(delimiter);

process.argv = [process.argv[0] ?? "", command, ...args];
await import(pathToFileURL(command).href);

/** Reads an id of the user's process from its status: "Uid:\t1000\t1000\t1000\t1000". */
function idOf(name: string): string {
  const status = readFileSync(`/proc/${caller}/status`, "utf8");
  return new RegExp(`^${name}:\\t(\\d+)`, "m").exec(status)?.[1] ?? "";
}
