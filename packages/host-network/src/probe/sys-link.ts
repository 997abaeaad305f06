import { existsSync, readFileSync } from "node:fs";
import type { SysLink } from "@k3s-lab/ip";

/** Reads what /sys reports about a link and `ip` does not. */
export function readSysLink(name: string, root = "/sys/class/net"): SysLink {
  const dir = `${root}/${name}`;
  const tunFlags = readText(`${dir}/tun_flags`)?.trim();
  const devtype = /^DEVTYPE=(.*)$/m.exec(readText(`${dir}/uevent`) ?? "")?.[1];
  return {
    device: existsSync(`${dir}/device`),
    wireless: existsSync(`${dir}/wireless`) || existsSync(`${dir}/phy80211`),
    tunFlags,
    devtype,
  };
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
