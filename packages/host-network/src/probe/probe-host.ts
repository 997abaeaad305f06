import { getServers } from "node:dns";
import { networkInterfaces } from "node:os";
import { run } from "@k3s-lab/exec";
import { listFolder, missingPrograms, readText } from "@k3s-lab/host";
import { programs } from "../programs.js";
import type { Host } from "./host.js";
import { readNameservers } from "./nameservers.js";
import { hostOf, routesCommand } from "./other-systems.js";
import { ipBatch, parseIp } from "@k3s-lab/ip";
import { readSysLink } from "./sys-link.js";

/** Reads the host's network: one process, and files of /sys and /etc. Changes nothing, needs no root. */
export async function probeHost(): Promise<Host> {
  if (process.platform !== "linux") return probeOther(process.platform);
  const lacks = missingPrograms(programs).map(({ name }) => name);
  // lab:plan also works on a host without `ip`.
  const text = lacks.includes("ip") ? "" : await readIp();
  return { ...parseIp(text, readSysLink), ...readNameservers({ read: readText, list: listFolder }), lacks };
}

async function probeOther(platform: NodeJS.Platform): Promise<Host> {
  const [program, ...args] = routesCommand(platform);
  const { stdout } = await run(program, args);
  return hostOf({ interfaces: networkInterfaces(), routes: stdout, nameservers: getServers() }, platform);
}

async function readIp(): Promise<string> {
  return (await run("ip", ["-4", "-json", "-details", "-batch", "-"], { input: ipBatch })).stdout;
}
