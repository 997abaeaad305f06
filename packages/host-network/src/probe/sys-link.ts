import { existsSync } from "node:fs";
import { readText } from "@k3s-lab/host";
import type { SysLink } from "@k3s-lab/ip";

/** Reads what /sys reports about a link and `ip` does not. */
export function readSysLink(name: string, root = "/sys/class/net"): SysLink {
  const dir = `${root}/${name}`;
  return {
    device: existsSync(`${dir}/device`),
    wireless: existsSync(`${dir}/wireless`) || existsSync(`${dir}/phy80211`),
    tunFlags: readText(`${dir}/tun_flags`)?.trim(),
    devtype: /^DEVTYPE=(.*)$/m.exec(readText(`${dir}/uevent`) ?? "")?.[1],
  };
}
