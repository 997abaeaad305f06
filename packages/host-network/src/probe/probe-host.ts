import { existsSync, readFileSync } from "node:fs";
import { run } from "@k3s-lab/exec";
import { missingPrograms } from "@k3s-lab/host";
import type { Host } from "./host.js";
import type { SysLink } from "./link-kind.js";
import { nameserversOf } from "./nameservers.js";
import { ipBatch, parseIp } from "./parse-ip.js";
import { programs } from "../programs.js";

/** Reads the host's network: one process, and files of /sys and /etc. Changes nothing, needs no root. */
export async function probeHost(): Promise<Host> {
  const lacks = missingPrograms(programs).map(({ name }) => name);
  // lab:plan says what a host without `ip` would get, too.
  const text = lacks.includes("ip") ? "" : await readIp();
  return { ...parseIp(text, sysLink), nameservers: nameserversOf(readText), lacks };
}

async function readIp(): Promise<string> {
  return (await run("ip", ["-4", "-json", "-details", "-batch", "-"], { input: ipBatch })).stdout;
}

function sysLink(name: string): SysLink {
  const dir = `/sys/class/net/${name}`;
  const tunFlags = readText(`${dir}/tun_flags`)?.trim();
  const devtype = /^DEVTYPE=(.*)$/m.exec(readText(`${dir}/uevent`) ?? "")?.[1];
  return {
    device: existsSync(`${dir}/device`),
    wireless: existsSync(`${dir}/wireless`) || existsSync(`${dir}/phy80211`),
    ...(tunFlags === undefined ? {} : { tunFlags }),
    ...(devtype === undefined ? {} : { devtype }),
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
